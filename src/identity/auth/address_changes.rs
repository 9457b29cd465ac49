//! Queries over changes of addresses.

use diesel::prelude::*;

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::credentials::secrets::SecretDigest;
use crate::db::schema::address_changes;
use crate::db::{Run, Tx, View, columns};
use crate::email::Email;
use crate::error::Result;
use crate::ids::{AddressChangeId, SessionId, UserId};

/// A change's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = address_changes)]
pub struct ChangeRow {
    /// Whose address it changes.
    pub user_id: UserId,
    /// The session in which that was asked for.
    pub session_id: SessionId,
    /// The address that is wanted.
    pub email: Email,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was confirmed, or another one took its place.
    pub used_at: Option<Instant>,
}

/// The change with this digest.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, digest: SecretDigest) -> Result<Option<ChangeRow>> {
    address_changes::table
        .filter(address_changes::digest.eq(digest.to_vec()))
        .select(columns::<ChangeRow>())
        .maybe(view)
}

/// How many changes the user whom the permit is for has asked for since `since`.
///
/// # Errors
/// When the database fails.
pub fn made_since(
    view: &mut View<'_>,
    permit: &Permit<act::SignIn>,
    since: Instant,
) -> Result<i64> {
    address_changes::table
        .filter(address_changes::user_id.eq(permit.user()?))
        .filter(address_changes::created_at.gt(since))
        .count()
        .one(view)
}

/// Inserts a change to `email` for the user whom the permit is for, asked for in `session`; those before are worth nothing.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    session: SessionId,
    email: &Email,
    digest: SecretDigest,
    expires_at: Instant,
) -> Result<()> {
    close_all(tx, permit)?;
    let now = tx.now();
    diesel::insert_into(address_changes::table)
        .values((
            address_changes::id.eq(AddressChangeId::new(now)),
            address_changes::user_id.eq(permit.user()?),
            address_changes::session_id.eq(session),
            address_changes::email.eq(email),
            address_changes::digest.eq(digest.to_vec()),
            address_changes::created_at.eq(now),
            address_changes::expires_at.eq(expires_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Makes every open change of the user whom the permit is for worthless.
///
/// # Errors
/// When the database fails.
pub fn close_all(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>) -> Result<()> {
    let now = tx.now();
    diesel::update(address_changes::table)
        .filter(address_changes::user_id.eq(permit.user()?))
        .filter(address_changes::used_at.is_null())
        .set(address_changes::used_at.eq(now))
        .run(tx)?;
    Ok(())
}
