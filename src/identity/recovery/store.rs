//! Queries over recoveries.

use diesel::prelude::*;

use crate::access::{Act, Permit, Role, RoleSet, act};
use crate::clock::Instant;
use crate::db::schema::{admin_recoveries, sessions, users};
use crate::db::types::Json;
use crate::db::{Run, Tx, View};
use crate::error::Result;
use crate::identity::model::UserStatus;
use crate::ids::{AgencyId, UserId};

/// The users in effect of `agency` who hold any of `roles`.
///
/// # Errors
/// When the database fails.
pub fn holders(view: &mut View<'_>, agency: AgencyId, roles: &[Role]) -> Result<Vec<UserId>> {
    let staff: Vec<(UserId, Json<RoleSet>)> = users::table
        .filter(users::agency_id.eq(agency))
        .filter(users::status.eq(UserStatus::Active))
        .filter(users::confirmed_at.is_not_null())
        .select((users::id, users::roles))
        .order(users::id)
        .all(view)?;
    let held = staff.into_iter().filter(|(_, held)| held.0.has_any(roles));
    Ok(held.map(|(user, _)| user).collect())
}

/// Keeps that the account of `user` was made, or is to be opened anew, to give the permit's agency an admin again.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::RecoverAdmin>,
    user: UserId,
    takes_effect_at: Option<Instant>,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.context().officer()?.user);
    diesel::delete(admin_recoveries::table.find(user)).run(tx)?;
    diesel::insert_into(admin_recoveries::table)
        .values((
            admin_recoveries::user_id.eq(user),
            admin_recoveries::agency_id.eq(permit.agency()?),
            admin_recoveries::begun_by.eq(by),
            admin_recoveries::begun_at.eq(now),
            admin_recoveries::takes_effect_at.eq(takes_effect_at),
        ))
        .run(tx)?;
    Ok(())
}

/// When a recovery of that account was begun that nothing has come of yet.
///
/// # Errors
/// When the database fails.
pub fn open(view: &mut View<'_>, user: UserId) -> Result<Option<Instant>> {
    admin_recoveries::table
        .filter(admin_recoveries::user_id.eq(user))
        .filter(admin_recoveries::settled_at.is_null())
        .select(admin_recoveries::begun_at)
        .maybe(view)
}

/// Whether the account was ever made, or to be opened anew, to give its agency an admin again.
///
/// # Errors
/// When the database fails.
pub fn was_begun(view: &mut View<'_>, user: UserId) -> Result<bool> {
    let found: i64 = admin_recoveries::table.find(user).count().one(view)?;
    Ok(found > 0)
}

/// Notes what came of the recovery of the account that the permit is for: nothing more comes of it.
///
/// # Errors
/// When the database fails.
pub fn close<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<()> {
    let now = tx.now();
    diesel::update(admin_recoveries::table.find(permit.user()?))
        .filter(admin_recoveries::settled_at.is_null())
        .set(admin_recoveries::settled_at.eq(now))
        .run(tx)?;
    Ok(())
}

/// Whether the user proved who he or she is, in any session, after `since`.
///
/// # Errors
/// When the database fails.
pub fn proved_since(view: &mut View<'_>, user: UserId, since: Instant) -> Result<bool> {
    let found: i64 = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::authenticated_at.gt(since))
        .count()
        .one(view)?;
    Ok(found > 0)
}

/// Whose account takes effect by now, or is opened anew, without anybody's confirmation.
///
/// # Errors
/// When the database fails.
pub fn due(view: &mut View<'_>) -> Result<Vec<UserId>> {
    let now = view.now();
    admin_recoveries::table
        .inner_join(users::table.on(users::id.eq(admin_recoveries::user_id)))
        .filter(admin_recoveries::takes_effect_at.le(now))
        .filter(admin_recoveries::settled_at.is_null())
        .filter(users::status.ne(UserStatus::Deactivated))
        .select(users::id)
        .order(users::id)
        .all(view)
}
