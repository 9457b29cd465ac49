//! The officer behind a verified token, as the database knows him or her now.

use diesel::prelude::*;

use crate::access::{Machine, Officer, RoleSet};
use crate::agency::AgencyKind;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{agencies, federated_sessions, sessions, users};
use crate::db::types::Json;
use crate::db::{Run, Tx, View};
use crate::error::Result;
use crate::http::{Holder, Resolved};
use crate::identity::factors::Factor;
use crate::identity::machines;
use crate::identity::model::{UserKind, UserStatus};
use crate::ids::{AgencyId, SessionId, UserId};

type Row = (
    UserId,
    AgencyId,
    UserKind,
    Json<RoleSet>,
    UserStatus,
    Option<Instant>,
    AgencyKind,
    Option<Country>,
    String,
    Instant,
    Option<Instant>,
    Instant,
    Instant,
    Option<Factor>,
    Option<SessionId>,
);

/// How often at most the use of a session is noted, in seconds.
const TOUCH_SECONDS: i64 = 60;

/// The officer who is the `holder` of a session; none when it has ended, was not used for `idle_seconds`, or the account is not
/// in effect; for a machine none also when its time has passed or its owner's account is not in effect. It reads what holds now, so that an ended session, a deactivated account or changed roles count from the next request on.
///
/// # Errors
/// When the database fails.
pub fn resolve(view: &mut View<'_>, holder: Holder, idle_seconds: i64) -> Result<Option<Resolved>> {
    let row: Option<Row> = sessions::table
        .inner_join(users::table)
        .inner_join(agencies::table.on(agencies::id.eq(users::agency_id)))
        .left_join(federated_sessions::table.on(federated_sessions::session_id.eq(sessions::id)))
        .filter(sessions::id.eq(holder.session))
        .filter(sessions::user_id.eq(holder.user))
        .select((
            users::id,
            users::agency_id,
            users::kind,
            users::roles,
            users::status,
            users::confirmed_at,
            agencies::kind,
            agencies::country,
            agencies::time_zone,
            sessions::authenticated_at,
            sessions::ended_at,
            sessions::expires_at,
            sessions::last_used_at,
            sessions::second_factor,
            federated_sessions::session_id.nullable(),
        ))
        .maybe(view)?;
    let now = view.now();
    let machine = match (&row, holder.scopes) {
        (Some((machine, _, UserKind::Machine, ..)), Some(asked)) => {
            let machine = *machine;
            let scopes = machines::scopes_in_effect(view, machine)?;
            scopes.map(|scopes| Machine { scopes: scopes.both(asked) })
        }
        _ => None,
    };
    Ok(row.and_then(|row| {
        let (
            user,
            agency,
            of,
            Json(roles),
            status,
            confirmed,
            kind,
            country,
            zone,
            since,
            ended,
            end,
            last_use,
            factor,
            federated,
        ) = row;
        let in_effect = status == UserStatus::Active
            && confirmed.is_some()
            && ended.is_none()
            && end > now
            && last_use.plus_seconds(idle_seconds) > now
            && agency == holder.agency
            && (of == UserKind::Machine) == machine.is_some()
            && machine.is_some() == holder.scopes.is_some();
        let touch_due = last_use.plus_seconds(TOUCH_SECONDS) <= now;
        in_effect.then_some(Resolved {
            officer: Officer {
                user,
                agency,
                agency_kind: kind,
                country,
                time_zone: zone,
                roles,
                session: holder.session,
                authenticated_at: since,
                // What a provider asks for is the matter of the agency whose it is. A machine has a key.
                second_factor: factor.is_some() || federated.is_some() || machine.is_some(),
                machine,
            },
            touch_due,
        })
    }))
}

/// Notes that `session` is in use, from `address`, unless another request has just done so.
///
/// # Errors
/// When the database fails.
pub fn touch(tx: &mut Tx<'_>, session: SessionId, address: &str) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.find(session))
        .filter(sessions::last_used_at.le(now.plus_seconds(-TOUCH_SECONDS)))
        .set((sessions::last_used_at.eq(now), sessions::last_address.eq(address)))
        .run(tx)?;
    Ok(())
}
