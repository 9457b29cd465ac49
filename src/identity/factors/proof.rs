//! What somebody who signs in shows beside the password, and whether it counts.

use crate::access::{Permit, act};
use crate::credentials::{one_time, recovery};
use crate::db::{Tx, View};
use crate::error::Result;
use crate::identity::factors::passkeys::store as passkeys;
use crate::identity::factors::store::{self, Factor, TotpRow};
use crate::identity::waiting::{wait, wait_until};
use crate::ids::UserId;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The account has no second factor.
    NotAsked,
    /// It has one, and nothing was shown.
    Missing,
    /// What was shown does not count.
    Wrong,
    /// It counts.
    Shown(Factor),
}

/// Whether signing in asks for a second factor.
///
/// # Errors
/// When the database fails.
pub fn asked(view: &mut View<'_>, user: UserId) -> Result<bool> {
    Ok(store::in_use(view, user)?.is_some() || passkeys::count(view, user)? > 0)
}

/// Holds what was shown against the factors of the account that the permit is for, and uses it up. The caller holds the
/// lock of the agency's chain: nothing counts twice.
///
/// # Errors
/// Too many wrong ones lately.
pub fn prove(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, shown: Option<&str>) -> Result<Proof> {
    let user = permit.user()?;
    let device = store::in_use(tx, user)?;
    if device.is_none() && passkeys::count(tx, user)? == 0 {
        return Ok(Proof::NotAsked);
    }
    let Some(shown) = shown.map(str::trim).filter(|shown| !shown.is_empty()) else {
        return Ok(Proof::Missing);
    };
    if one_time::looks_like_one(shown) {
        return match device {
            Some(row) => prove_totp(tx, permit, &row, shown),
            None => Ok(Proof::Wrong),
        };
    }
    let spent = match recovery::digest(user.uuid().as_bytes(), shown) {
        Some(digest) => store::use_code(tx, permit, &digest)?,
        None => false,
    };
    Ok(if spent { Proof::Shown(Factor::RecoveryCode) } else { Proof::Wrong })
}

fn prove_totp(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    row: &TotpRow,
    shown: &str,
) -> Result<Proof> {
    let now = tx.now();
    if let Some(until) = row.blocked_until.filter(|until| *until > now) {
        let words = "Too many wrong one-time passwords; a recovery code works at once.";
        return Err(wait_until(until, now, words));
    }
    let step = row.secret(tx)?.step(shown, now)?;
    if let Some(step) = step.filter(|step| *step > row.last_step) {
        store::use_step(tx, permit, row.id, step)?;
        return Ok(Proof::Shown(Factor::Totp));
    }
    let failures = row.failures + 1;
    store::note_failure(tx, permit, row.id, failures, wait(failures, now))?;
    Ok(Proof::Wrong)
}
