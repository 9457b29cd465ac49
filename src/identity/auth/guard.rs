//! Guessing at passwords: how long whoever failed waits, and that nobody else has to wait for it.
//!
//! What failed is kept in the database, so that it counts on every node and after a restart: by account and by network,
//! which is an address, or what one customer has of IPv6 (/64). After five failures a network waits for that account,
//! ever longer, up to a quarter of an hour. Whoever guesses from many networks meets a second limit: beyond a hundred
//! failures an hour an account takes no more of them from networks that it was never used at. Networks that its user
//! signed in from, or where a token was redeemed that had been mailed, have only their own failures to wait for, so that
//! guessing shuts nobody out of the own account.
//!
//! An address that nobody has is counted in the same way, under its keyed digest. The caller of everything that writes
//! holds the lock of the chain that the failure is told in: a burst gets no more guesses than a queue.

use std::net::IpAddr;

use diesel::prelude::*;

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::db::schema::{known_networks, sign_in_failures};
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::identity::waiting::{wait, wait_until};
use crate::ids::UserId;

/// For how long a network's failures count after the last one, in seconds.
const REMEMBERED: i64 = 24 * 60 * 60;
/// Failures from networks that an account was never used at, within one window, that nobody waits for.
const FROM_ANYWHERE: i64 = 100;
/// How long such a window is, in seconds.
const WINDOW: i64 = 60 * 60;
/// For how long a network is known after a sign-in, in seconds.
const KNOWN: i64 = 90 * 24 * 60 * 60;
/// What stands for all networks that an account was never used at.
const ANYWHERE: &str = "";

/// What failed, of one account from one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sign_in_failures, treat_none_as_null = true)]
struct Tally {
    failures: i64,
    since: Instant,
    last_failed_at: Instant,
    blocked_until: Option<Instant>,
}

impl Tally {
    /// One more failure from the same network.
    fn more(former: Option<Self>, now: Instant) -> Self {
        let former = former.filter(|tally| tally.last_failed_at.plus_seconds(REMEMBERED) > now);
        let failures = former.map_or(0, |tally| tally.failures) + 1;
        let since = former.map_or(now, |tally| tally.since);
        Self { failures, since, last_failed_at: now, blocked_until: wait(failures, now) }
    }

    /// One more failure from somewhere.
    fn more_from_anywhere(former: Option<Self>, now: Instant) -> Self {
        let former = former.filter(|tally| tally.since.plus_seconds(WINDOW) > now);
        let failures = former.map_or(0, |tally| tally.failures) + 1;
        let since = former.map_or(now, |tally| tally.since);
        let blocked_until = (failures >= FROM_ANYWHERE).then(|| since.plus_seconds(WINDOW));
        Self { failures, since, last_failed_at: now, blocked_until }
    }
}

/// What of one account, had or not, from one network.
#[derive(Debug, Clone)]
pub struct Guard {
    account: Vec<u8>,
    user: UserId,
    network: String,
}

impl Guard {
    /// The account of `user` from `address`.
    #[must_use]
    pub fn of(user: UserId, address: &str) -> Self {
        Self { account: user.uuid().as_bytes().to_vec(), user, network: network(address) }
    }

    /// What `typed` would be the address of, if there was such an account.
    ///
    /// # Errors
    /// A defect, when there are no keys.
    pub fn of_nobody(view: &View<'_>, typed: &str, address: &str) -> Result<Self> {
        let account = view.marks().mark("sign-in address", &typed.trim().to_lowercase())?;
        let nobody = UserId::from_uuid(uuid::Uuid::nil());
        Ok(Self { account: account.digest.to_vec(), user: nobody, network: network(address) })
    }

    /// That nobody has to wait.
    ///
    /// # Errors
    /// Too many failures, with the seconds until the next try.
    pub fn check(&self, view: &mut View<'_>) -> Result<()> {
        let now = view.now();
        let own = self.tally(view, &self.network)?;
        let anywhere =
            self.tally(view, ANYWHERE)?.filter(|tally| tally.since.plus_seconds(WINDOW) > now);
        let known = self.is_known(view)?;
        let until = |tally: Option<Tally>| tally?.blocked_until.filter(|until| *until > now);
        let anywhere = until(anywhere).filter(|_| !known);
        match until(own).max(anywhere) {
            Some(until) => {
                Err(wait_until(until, now, "Too many failed attempts to sign in to this account."))
            }
            None => Ok(()),
        }
    }

    /// Notes one more failure.
    ///
    /// # Errors
    /// When the database fails.
    pub fn failed(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let own = self.tally(tx, &self.network)?;
        self.keep(tx, &self.network, own.is_some(), Tally::more(own, now))?;
        if self.is_known(tx)? {
            return Ok(());
        }
        let anywhere = self.tally(tx, ANYWHERE)?;
        self.keep(tx, ANYWHERE, anywhere.is_some(), Tally::more_from_anywhere(anywhere, now))
    }

    fn tally(&self, view: &mut View<'_>, network: &str) -> Result<Option<Tally>> {
        sign_in_failures::table
            .find((self.account.clone(), network))
            .select(columns::<Tally>())
            .maybe(view)
    }

    fn keep(&self, tx: &mut Tx<'_>, network: &str, there: bool, tally: Tally) -> Result<()> {
        let key = (self.account.clone(), network.to_owned());
        if there {
            diesel::update(sign_in_failures::table.find(key)).set(tally).run(tx)?;
        } else {
            let (account, network) = key;
            diesel::insert_into(sign_in_failures::table)
                .values((
                    sign_in_failures::account.eq(account),
                    sign_in_failures::network.eq(network),
                    tally,
                ))
                .run(tx)?;
        }
        Ok(())
    }

    fn is_known(&self, view: &mut View<'_>) -> Result<bool> {
        let since = view.now().plus_seconds(-KNOWN);
        let known: i64 = known_networks::table
            .find((self.user, &self.network))
            .filter(known_networks::last_signed_in_at.gt(since))
            .count()
            .one(view)?;
        Ok(known > 0)
    }
}

/// Notes that the user whom the permit is for proved who he or she is, at `address`: what failed there before is
/// forgotten, and what fails elsewhere does not matter there.
///
/// # Errors
/// When the database fails.
pub fn succeeded(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, address: &str) -> Result<()> {
    let guard = Guard::of(permit.user()?, address);
    diesel::delete(sign_in_failures::table.find((guard.account, guard.network.clone()))).run(tx)?;
    let (key, now) = ((guard.user, guard.network), tx.now());
    let known = diesel::update(known_networks::table.find(key.clone()))
        .set(known_networks::last_signed_in_at.eq(now))
        .run(tx)?;
    if known == 0 {
        diesel::insert_into(known_networks::table)
            .values((
                known_networks::user_id.eq(key.0),
                known_networks::network.eq(key.1),
                known_networks::last_signed_in_at.eq(now),
            ))
            .run(tx)?;
    }
    Ok(())
}

/// Lets go of at most `most` failures and networks that count no longer, and tells how many those were.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let (failed, known) = (tx.now().plus_seconds(-REMEMBERED), tx.now().plus_seconds(-KNOWN));
    let failures: Vec<(Vec<u8>, String)> = sign_in_failures::table
        .filter(sign_in_failures::last_failed_at.le(failed))
        .select((sign_in_failures::account, sign_in_failures::network))
        .limit(most)
        .all(tx)?;
    let networks: Vec<(UserId, String)> = known_networks::table
        .filter(known_networks::last_signed_in_at.le(known))
        .select((known_networks::user_id, known_networks::network))
        .limit(most)
        .all(tx)?;
    // Somebody may have come back meanwhile.
    for key in &failures {
        diesel::delete(sign_in_failures::table.find((&key.0, &key.1)))
            .filter(sign_in_failures::last_failed_at.le(failed))
            .run(tx)?;
    }
    for key in &networks {
        diesel::delete(known_networks::table.find((key.0, &key.1)))
            .filter(known_networks::last_signed_in_at.le(known))
            .run(tx)?;
    }
    Ok(failures.len() + networks.len())
}

/// What of an address counts; everything that is no address is one.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [one, two, three, four, ..] = address.segments();
            format!("{one:x}:{two:x}:{three:x}:{four:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_microseconds(1_000_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    #[test]
    fn one_customers_many_addresses_are_one_network() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.7"), network("192.0.2.7"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
        assert_eq!(network("nonsense"), network(""));
        assert_ne!(network(""), ANYWHERE);
    }

    #[test]
    fn a_networks_failures_count_until_a_day_after_the_last() {
        let mut tally = None;
        for second in 0..4 {
            tally = Some(Tally::more(tally, at(second)));
        }
        assert_eq!(tally.unwrap().blocked_until, None);
        let blocked = |at_second| Tally::more(tally, at(at_second)).blocked_until;
        assert_eq!(blocked(10), Some(at(40)));
        assert_eq!(blocked(3 + REMEMBERED - 1), Some(at(3 + REMEMBERED - 1 + 30)));
        assert_eq!(blocked(3 + REMEMBERED), None);
    }

    #[test]
    fn a_hundred_from_anywhere_close_the_hour_and_no_longer() {
        let mut tally = None;
        for second in 0..100 {
            assert_eq!(tally.and_then(|tally: Tally| tally.blocked_until), None);
            tally = Some(Tally::more_from_anywhere(tally, at(second)));
        }
        assert_eq!(tally.unwrap().blocked_until, Some(at(WINDOW)));
        let next = Tally::more_from_anywhere(tally, at(WINDOW));
        assert_eq!((next.failures, next.blocked_until), (1, None));
    }
}
