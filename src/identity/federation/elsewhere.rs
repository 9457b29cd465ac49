//! What follows when an agency has its officers sign in through its provider only.

use diesel::prelude::*;

use crate::access::{Act, Permit, RoleSet};
use crate::db::schema::{sessions, users};
use crate::db::types::Json;
use crate::db::{Run, Tx};
use crate::error::Result;
pub use crate::identity::federation::links::required;
use crate::identity::federation::service::session_ended;
use crate::identity::model::UserKind;
use crate::identity::users::store::EndReason;
use crate::ids::{AgencyId, SessionId, UserId};
use crate::journal::event::Event;

/// Where the officers of the agency that the permit is for have to do so from now on, and did not have to `already`, their sessions
/// that began here end.
///
/// # Errors
/// When the database fails.
pub fn follows<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
    already: bool,
) -> Result<Vec<Event>> {
    if already || !required(tx, agency)? {
        return Ok(Vec::new());
    }
    let reason = EndReason::BelongsElsewhere;
    let ended = end_local(tx, permit, reason)?;
    Ok(ended.into_iter().map(|session| session_ended(agency, session, reason)).collect())
}

/// Ends every session of the agency that the permit is for which began here, of whoever has to sign in elsewhere; tells which
/// those were.
fn end_local<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    reason: EndReason,
) -> Result<Vec<(SessionId, UserId)>> {
    let now = tx.now();
    let found: Vec<(SessionId, UserId, Json<RoleSet>)> = sessions::table
        .inner_join(users::table)
        .filter(sessions::agency_id.eq(permit.agency()?))
        .filter(sessions::provider_id.is_null())
        .filter(sessions::ended_at.is_null())
        .filter(users::kind.eq(UserKind::Person))
        .select((sessions::id, users::id, users::roles))
        .order(sessions::id)
        .all(tx)?;
    let elsewhere = found.into_iter().filter(|(_, _, Json(roles))| roles.is_operational());
    let ended: Vec<_> = elsewhere.map(|(session, user, _)| (session, user)).collect();
    for (session, _) in &ended {
        diesel::update(sessions::table.find(session))
            .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
            .run(tx)?;
    }
    Ok(ended)
}
