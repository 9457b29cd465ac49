//! Queries over resets of lost passwords.

use diesel::prelude::*;

use crate::access::{Act, Permit, act};
use crate::clock::Instant;
use crate::credentials::secrets::SecretDigest;
use crate::db::schema::password_resets;
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{PasswordResetId, UserId};

/// A reset's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = password_resets)]
pub struct ResetRow {
    /// Whose password it sets.
    pub user_id: UserId,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was redeemed, or another one was.
    pub used_at: Option<Instant>,
}

/// The reset with this digest.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, digest: SecretDigest) -> Result<Option<ResetRow>> {
    password_resets::table
        .filter(password_resets::digest.eq(digest.to_vec()))
        .select(columns::<ResetRow>())
        .maybe(view)
}

/// How many resets the user whom the permit is for has asked for since `since`.
///
/// # Errors
/// When the database fails.
pub fn made_since(
    view: &mut View<'_>,
    permit: &Permit<act::SignIn>,
    since: Instant,
) -> Result<i64> {
    password_resets::table
        .filter(password_resets::user_id.eq(permit.user()?))
        .filter(password_resets::created_at.gt(since))
        .count()
        .one(view)
}

/// Inserts a reset for the user whom the permit is for.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    digest: SecretDigest,
    expires_at: Instant,
) -> Result<()> {
    let now = tx.now();
    diesel::insert_into(password_resets::table)
        .values((
            password_resets::id.eq(PasswordResetId::new(now)),
            password_resets::user_id.eq(permit.user()?),
            password_resets::digest.eq(digest.to_vec()),
            password_resets::created_at.eq(now),
            password_resets::expires_at.eq(expires_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Makes every open reset of the user whom the permit is for worthless.
///
/// # Errors
/// When the database fails.
pub fn close_all<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<()> {
    let now = tx.now();
    diesel::update(password_resets::table)
        .filter(password_resets::user_id.eq(permit.user()?))
        .filter(password_resets::used_at.is_null())
        .set(password_resets::used_at.eq(now))
        .run(tx)?;
    Ok(())
}
