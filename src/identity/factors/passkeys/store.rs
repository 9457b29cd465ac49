//! Queries over passkeys.

use diesel::prelude::*;

use crate::access::{Permit, UserFacts, act};
use crate::clock::Instant;
use crate::credentials::passkeys::Passkey;
use crate::db::schema::{passkeys, users};
use crate::db::types::Json;
use crate::db::{Run, Tx, View, columns};
use crate::error::{Class, Error, Result, codes};
use crate::ids::{AgencyId, PasskeyId, UserId};

/// A passkey's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = passkeys, treat_none_as_default_value = false)]
pub struct PasskeyRow {
    /// The passkey.
    pub id: PasskeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// What the device calls it.
    pub credential_id: Vec<u8>,
    /// Its public key, its counter, and what the device said of itself.
    pub credential: Json<Passkey>,
    /// What its user calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When somebody signed in with it last.
    pub last_used_at: Option<Instant>,
    /// When its counter went back: it counts no more.
    pub suspected_at: Option<Instant>,
    /// Counts the changes of this row.
    pub version: i64,
}

/// The passkey `id` with what access to it rests on.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, id: PasskeyId) -> Result<Option<(PasskeyRow, UserFacts)>> {
    let found: Option<(PasskeyRow, AgencyId)> = passkeys::table
        .inner_join(users::table)
        .filter(passkeys::id.eq(id))
        .select((columns::<PasskeyRow>(), users::agency_id))
        .maybe(view)?;
    Ok(found.map(|(row, agency)| {
        let facts = UserFacts { user: row.user_id, agency };
        (row, facts)
    }))
}

/// All passkeys of the user, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn of_user(view: &mut View<'_>, user: UserId) -> Result<Vec<PasskeyRow>> {
    passkeys::table
        .filter(passkeys::user_id.eq(user))
        .select(columns::<PasskeyRow>())
        .order(passkeys::id)
        .all(view)
}

/// How many passkeys the user has.
///
/// # Errors
/// When the database fails.
pub fn count(view: &mut View<'_>, user: UserId) -> Result<i64> {
    passkeys::table.filter(passkeys::user_id.eq(user)).count().one(view)
}

/// The user's passkey that the device calls this.
///
/// # Errors
/// When the database fails.
pub fn called(
    view: &mut View<'_>,
    user: UserId,
    credential_id: &[u8],
) -> Result<Option<PasskeyRow>> {
    passkeys::table
        .filter(passkeys::user_id.eq(user))
        .filter(passkeys::credential_id.eq(credential_id.to_vec()))
        .select(columns::<PasskeyRow>())
        .maybe(view)
}

/// Keeps a new passkey of the user whom the permit is for.
///
/// # Errors
/// When there is such a passkey already, whosever it is; or the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepFactors>,
    id: PasskeyId,
    passkey: Passkey,
    name: &str,
) -> Result<PasskeyRow> {
    let row = PasskeyRow {
        id,
        user_id: permit.user()?,
        credential_id: passkey.credential_id().to_vec(),
        credential: Json(passkey),
        name: name.to_owned(),
        created_at: tx.now(),
        last_used_at: None,
        suspected_at: None,
        version: 1,
    };
    diesel::insert_into(passkeys::table).values(row.clone()).run(tx).map_err(
        |error| match error.code().class {
            Class::Conflict => Error::new(&codes::DUPLICATE, "This passkey cannot be used."),
            _ => error,
        },
    )?;
    Ok(row)
}

/// Gives the passkey another name.
///
/// # Errors
/// When the database fails.
pub fn rename(tx: &mut Tx<'_>, permit: &Permit<act::KeepFactors>, row: &PasskeyRow) -> Result<()> {
    diesel::update(passkeys::table.find(row.id))
        .filter(passkeys::user_id.eq(permit.user()?))
        .set((passkeys::name.eq(&row.name), passkeys::version.eq(row.version)))
        .run(tx)?;
    Ok(())
}

/// Removes the passkey.
///
/// # Errors
/// When the database fails.
pub fn remove(tx: &mut Tx<'_>, permit: &Permit<act::KeepFactors>, id: PasskeyId) -> Result<()> {
    diesel::delete(passkeys::table.find(id))
        .filter(passkeys::user_id.eq(permit.user()?))
        .run(tx)?;
    Ok(())
}

/// Notes that the user whom the permit is for signed in with the passkey, which is kept as it is now.
///
/// # Errors
/// When the database fails.
pub fn used(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    id: PasskeyId,
    now_is: Passkey,
) -> Result<()> {
    let now = tx.now();
    diesel::update(passkeys::table.find(id))
        .filter(passkeys::user_id.eq(permit.user()?))
        .set((passkeys::credential.eq(Json(now_is)), passkeys::last_used_at.eq(now)))
        .run(tx)?;
    Ok(())
}

/// Notes that there is another device with the same key: the passkey counts no more.
///
/// # Errors
/// When the database fails.
pub fn suspect(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, id: PasskeyId) -> Result<()> {
    let now = tx.now();
    diesel::update(passkeys::table.find(id))
        .filter(passkeys::user_id.eq(permit.user()?))
        .set((passkeys::suspected_at.eq(now), passkeys::version.eq(passkeys::version + 1)))
        .run(tx)?;
    Ok(())
}
