//! Queries over the sessions that are to be asked about.

use diesel::prelude::*;

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::db::schema::{federated_sessions, sessions};
use crate::db::{Run, View};
use crate::error::Result;
use crate::identity::federation::model::Recheck;
use crate::ids::{IdentityProviderId, SessionId};

/// Sessions that go on and were used after `unused_since`, for which a provider vouched last before `before`, and which nobody
/// is asking about now.
#[diesel::dsl::auto_type]
fn due(before: Instant, now: Instant, unused_since: Instant) -> _ {
    let never: Recheck = Recheck::None;
    federated_sessions::table
        .inner_join(sessions::table)
        .filter(federated_sessions::checked_at.le(before))
        .filter(federated_sessions::claimed_until.le(now))
        .filter(federated_sessions::recheck.ne(never))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_used_at.gt(unused_since))
}

/// The providers that vouched last before `before` for a session that goes on.
///
/// # Errors
/// When the database fails.
pub fn providers(
    view: &mut View<'_>,
    _: &Permit<act::RecheckSession>,
    before: Instant,
    idle: i64,
) -> Result<Vec<IdentityProviderId>> {
    let now = view.now();
    due(before, now, now.plus_seconds(-idle))
        .select(federated_sessions::provider_id)
        .distinct()
        .all(view)
}

/// At most `most` sessions that go on and for which `provider` vouched last before `before`: those first that it was not asked
/// about for the longest time.
///
/// # Errors
/// When the database fails.
pub fn sessions_of(
    view: &mut View<'_>,
    _: &Permit<act::RecheckSession>,
    provider: IdentityProviderId,
    before: Instant,
    idle: i64,
    most: i64,
) -> Result<Vec<SessionId>> {
    let now = view.now();
    due(before, now, now.plus_seconds(-idle))
        .filter(federated_sessions::provider_id.eq(provider))
        .select(federated_sessions::session_id)
        .order((federated_sessions::claimed_until, federated_sessions::checked_at))
        .limit(most)
        .all(view)
}
