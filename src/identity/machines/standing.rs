//! Whether a machine account works now: read at each request, so that whatever ends it counts from the next one on.

use diesel::prelude::*;

use crate::db::schema::{machine_accounts, users};
use crate::db::types::Json;
use crate::db::{Run, View};
use crate::error::Result;
use crate::identity::model::UserStatus;
use crate::ids::{AgencyId, UserId};
use crate::machine_scope::MachineScopes;

/// What a machine account may ask for now; none where its time has passed, its owner's account is not in effect, or the
/// provider that vouched for its owner does so no more. That its own is, is for who asks.
///
/// # Errors
/// When the database fails.
pub fn scopes_in_effect(view: &mut View<'_>, machine: UserId) -> Result<Option<MachineScopes>> {
    let now = view.now();
    let scopes: Option<Json<MachineScopes>> = machine_accounts::table
        .inner_join(users::table.on(users::id.eq(machine_accounts::owner_user_id)))
        .filter(machine_accounts::user_id.eq(machine))
        .filter(machine_accounts::expires_at.gt(now))
        .filter(users::status.eq(UserStatus::Active))
        .filter(users::confirmed_at.is_not_null())
        .filter(users::disowned_at.is_null())
        .select(machine_accounts::scopes)
        .maybe(view)?;
    Ok(scopes.map(|Json(scopes)| scopes))
}

/// How many machine accounts that were not ended `owner` answers for.
///
/// # Errors
/// When the database fails.
pub fn owned_by(view: &mut View<'_>, owner: UserId) -> Result<i64> {
    machine_accounts::table
        .inner_join(users::table.on(users::id.eq(machine_accounts::user_id)))
        .filter(machine_accounts::owner_user_id.eq(owner))
        .filter(users::status.ne(UserStatus::Deactivated))
        .count()
        .one(view)
}

/// Who answers for the machine accounts of `agency` that were not ended.
///
/// # Errors
/// When the database fails.
pub fn owners_in(view: &mut View<'_>, agency: AgencyId) -> Result<Vec<UserId>> {
    machine_accounts::table
        .inner_join(users::table.on(users::id.eq(machine_accounts::user_id)))
        .filter(machine_accounts::agency_id.eq(agency))
        .filter(users::status.ne(UserStatus::Deactivated))
        .select(machine_accounts::owner_user_id)
        .distinct()
        .all(view)
}
