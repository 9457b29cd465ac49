//! Failed attempts by address: whoever guesses is slowed down, whoever succeeds is not counted.
//!
//! Each node counts for itself and forgets with a restart: this slows guessing down and is no proof of anything.
//! IPv6 counts by /64, which is what one customer has.
//!
//! May import: `clock`, `error`.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Instant;
use crate::error::{Error, Result};

/// How long a failure counts, in seconds.
const WINDOW_SECONDS: i64 = 60;
/// Addresses that are remembered.
const REMEMBERED: usize = 10_000;

/// Counts failures by address in windows of one minute.
#[derive(Debug)]
pub struct Attempts {
    most: u32,
    windows: Mutex<HashMap<IpAddr, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    opened: Instant,
    failures: u32,
}

impl Window {
    fn closes(self) -> Instant {
        self.opened.plus_seconds(WINDOW_SECONDS)
    }
}

impl Attempts {
    /// Lets an address fail `most` times a minute.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self { most, windows: Mutex::new(HashMap::new()) }
    }

    /// Whether `address` may try at `now`.
    ///
    /// # Errors
    /// Too many failures, with the seconds until the next try.
    pub fn check(&self, address: &str, now: Instant) -> Result<()> {
        let windows = self.lock();
        match windows.get(&network_of(address)) {
            Some(window) if window.closes() > now && window.failures >= self.most => {
                let left = (window.closes().microseconds() - now.microseconds()) / 1_000_000 + 1;
                let seconds = u32::try_from(left.min(WINDOW_SECONDS)).unwrap_or(1);
                Err(Error::too_many(seconds, "Too many failed attempts from this address."))
            }
            _ => Ok(()),
        }
    }

    /// Notes that `address` failed at `now`.
    pub fn failed(&self, address: &str, now: Instant) {
        let mut windows = self.lock();
        let network = network_of(address);
        let open = windows.get(&network).copied().filter(|window| window.closes() > now);
        if open.is_none() && windows.len() >= REMEMBERED {
            make_room(&mut windows, now);
        }
        let window = open.unwrap_or(Window { opened: now, failures: 0 });
        let failures = window.failures.saturating_add(1);
        windows.insert(network, Window { failures, ..window });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what no longer counts, or else whoever failed least.
fn make_room(windows: &mut HashMap<IpAddr, Window>, now: Instant) {
    windows.retain(|_, window| window.closes() > now);
    if windows.len() < REMEMBERED {
        return;
    }
    let least = windows.values().map(|window| window.failures).min().unwrap_or_default();
    let mut to_forget = REMEMBERED / 10;
    windows.retain(|_, window| {
        let stays = window.failures > least || to_forget == 0;
        to_forget -= usize::from(!stays);
        stays
    });
}

/// What of an address counts.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// The same of a text; everything that is no address is one.
fn network_of(address: &str) -> IpAddr {
    address.parse().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_microseconds(1_000_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    #[test]
    fn an_address_waits_until_its_minute_is_over_and_no_other_does() {
        let attempts = Attempts::new(2);
        attempts.failed("10.0.0.1", at(0));
        assert!(attempts.check("10.0.0.1", at(1)).is_ok());
        attempts.failed("10.0.0.1", at(10));
        let refused = attempts.check("10.0.0.1", at(20)).unwrap_err();
        assert_eq!(refused.code().name, "too-many-requests");
        assert_eq!(refused.retry_after(), Some(41));
        assert!(attempts.check("10.0.0.2", at(20)).is_ok());
        assert!(attempts.check("::ffff:10.0.0.1", at(20)).is_err());
        assert!(attempts.check("10.0.0.1", at(60)).is_ok());
        attempts.failed("10.0.0.1", at(60));
        assert!(attempts.check("10.0.0.1", at(60)).is_ok());
    }

    #[test]
    fn one_customers_many_addresses_are_one() {
        let attempts = Attempts::new(1);
        attempts.failed("2001:db8:1:2::1", at(0));
        assert!(attempts.check("2001:db8:1:2:ffff::9", at(0)).is_err());
        assert!(attempts.check("2001:db8:1:3::1", at(0)).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_whoever_failed_most_stays() {
        let attempts = Attempts::new(2);
        attempts.failed("192.0.2.1", at(0));
        attempts.failed("192.0.2.1", at(0));
        for number in 0..3 * REMEMBERED {
            let address = IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
            attempts.failed(&address.to_string(), at(1));
            assert!(attempts.lock().len() <= REMEMBERED);
        }
        assert!(attempts.check("192.0.2.1", at(2)).is_err());
    }
}
