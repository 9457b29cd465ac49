//! Queries over the assertions that were used, and the tokens that were given for them.

use diesel::prelude::*;

use super::KeyRow;
use crate::access::{Permit, act};
use crate::credentials::assertion::Verified;
use crate::db::schema::{machine_accounts, machine_assertions, machine_keys, sessions};
use crate::db::{Run, Tx};
use crate::error::Result;
use crate::ids::UserId;

/// Uses an assertion of the account that the permit is for up; tells whether it was unused. The caller holds the lock of
/// the agency's chain: none counts twice.
///
/// # Errors
/// When the database fails.
pub fn use_up(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, assertion: &Verified) -> Result<bool> {
    let machine = permit.user()?;
    let used: i64 = machine_assertions::table
        .filter(machine_assertions::user_id.eq(machine))
        .filter(machine_assertions::digest.eq(assertion.once.to_vec()))
        .count()
        .one(tx)?;
    if used > 0 {
        return Ok(false);
    }
    diesel::insert_into(machine_assertions::table)
        .values((
            machine_assertions::user_id.eq(machine),
            machine_assertions::digest.eq(assertion.once.to_vec()),
            machine_assertions::expires_at.eq(assertion.over),
        ))
        .run(tx)?;
    Ok(true)
}

/// Notes that a key of the account that the permit is for got a token, with which its session goes on for so many seconds.
///
/// # Errors
/// When the database fails.
pub fn go_on(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    key: &KeyRow,
    (address, device): (&str, &str),
    seconds: u32,
) -> Result<()> {
    let (machine, now) = (permit.user()?, tx.now());
    diesel::update(sessions::table.find(key.session()))
        .filter(sessions::user_id.eq(machine))
        .set((
            sessions::last_used_at.eq(now),
            sessions::expires_at.eq(now.plus_seconds(seconds.into())),
            sessions::address.eq(address),
            sessions::device.eq(device),
        ))
        .run(tx)?;
    diesel::update(machine_keys::table.find(key.id))
        .set(machine_keys::last_used_at.eq(now))
        .run(tx)?;
    diesel::update(machine_accounts::table.find(machine))
        .set((machine_accounts::last_used_at.eq(now), machine_accounts::last_address.eq(address)))
        .run(tx)?;
    Ok(())
}

/// Lets go of at most `most` assertions whose time has passed, and tells how many those were: nobody could use one again.
///
/// # Errors
/// When the database fails.
pub fn forget_assertions(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let over: Vec<(UserId, Vec<u8>)> = machine_assertions::table
        .filter(machine_assertions::expires_at.le(tx.now()))
        .select((machine_assertions::user_id, machine_assertions::digest))
        .order(machine_assertions::expires_at)
        .limit(most)
        .all(tx)?;
    for key in &over {
        diesel::delete(machine_assertions::table.find((key.0, &key.1))).run(tx)?;
    }
    Ok(over.len())
}
