//! Queries over the sessions that providers vouch for, and over what counts once.

use diesel::prelude::*;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use crate::access::{Act, Permit, act};
use crate::clock::Instant;
use crate::db::schema::{federated_sessions, federation_uses, identity_providers, sessions};
use crate::db::{Run, Tx, View, columns};
use crate::error::{Error, Result};
use crate::identity::federation::model::Recheck;
use crate::identity::users::store::EndReason;
use crate::ids::{AgencyId, IdentityProviderId, SessionId, UserId};

/// What is sealed of a session: the provider's tokens.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    /// What the provider is asked with whether it still vouches.
    pub token: Option<String>,
    /// What it is told by whose session is to end.
    pub id_token: Option<String>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Kept([redacted])")
    }
}

/// A session that a provider vouches for.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = federated_sessions, treat_none_as_default_value = false)]
pub struct VouchedRow {
    /// The session.
    pub session_id: SessionId,
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// Who its user is there.
    pub subject: String,
    /// Which session it is there.
    pub sid: Option<String>,
    /// How it is asked.
    pub recheck: Recheck,
    sealed: Vec<u8>,
    seal_key: i32,
    /// When it vouched last.
    pub checked_at: Instant,
    /// Until when one is asking it.
    pub claimed_until: Instant,
}

impl VouchedRow {
    /// A session that a provider vouches for from now on.
    ///
    /// # Errors
    /// When its tokens cannot be sealed.
    pub fn new(
        view: &View<'_>,
        session: SessionId,
        provider: IdentityProviderId,
        subject: &str,
        sid: Option<&str>,
        recheck: Recheck,
        kept: &Kept,
    ) -> Result<Self> {
        let (sealed, seal_key) = sealed(view, session, kept)?;
        Ok(Self {
            session_id: session,
            provider_id: provider,
            subject: subject.to_owned(),
            sid: sid.map(str::to_owned),
            recheck,
            sealed,
            seal_key,
            checked_at: view.now(),
            claimed_until: view.now(),
        })
    }

    /// The provider's tokens.
    ///
    /// # Errors
    /// When their key is no longer in the file of keys.
    pub fn kept(&self, view: &View<'_>) -> Result<Kept> {
        let about = self.session_id.uuid();
        let text = Zeroizing::new(view.marks().open(about.as_bytes(), &self.sealed)?);
        serde_json::from_str(&text).map_err(|_| Error::internal("a session's tokens are damaged"))
    }
}

fn sealed(view: &View<'_>, session: SessionId, kept: &Kept) -> Result<(Vec<u8>, i32)> {
    let text = Zeroizing::new(serde_json::to_string(kept).map_err(Error::internal)?);
    let sealed = view.marks().seal(session.uuid().as_bytes(), &text)?;
    Ok((sealed, view.marks().newest_number()?))
}

/// Notes that a provider vouches for a session of the user whom the permit is for.
///
/// # Errors
/// When the database fails.
pub fn vouch(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, row: &VouchedRow) -> Result<()> {
    diesel::update(sessions::table.find(row.session_id))
        .filter(sessions::user_id.eq(permit.user()?))
        .set(sessions::provider_id.eq(row.provider_id))
        .run(tx)?;
    diesel::insert_into(federated_sessions::table).values(row.clone()).run(tx)?;
    Ok(())
}

/// The session, where a provider vouches for it and it goes on.
///
/// # Errors
/// When the database fails.
pub fn vouched(view: &mut View<'_>, session: SessionId) -> Result<Option<VouchedRow>> {
    federated_sessions::table
        .inner_join(sessions::table)
        .filter(federated_sessions::session_id.eq(session))
        .filter(sessions::ended_at.is_null())
        .select(columns::<VouchedRow>())
        .maybe(view)
}

/// Takes it on oneself to ask about a session until `until`; tells whether nobody else is at it.
///
/// # Errors
/// When the database fails.
pub fn claim(tx: &mut Tx<'_>, session: SessionId, until: Instant) -> Result<bool> {
    let now = tx.now();
    let claimed = diesel::update(federated_sessions::table.find(session))
        .filter(federated_sessions::claimed_until.le(now))
        .set(federated_sessions::claimed_until.eq(until))
        .run(tx)?;
    Ok(claimed > 0)
}

/// Notes that the provider vouched for a session now, with the tokens that it is asked with next.
///
/// # Errors
/// When the database fails.
pub fn checked(tx: &mut Tx<'_>, session: SessionId, kept: &Kept) -> Result<()> {
    write(tx, session, kept, Some(tx.now()))
}

/// Keeps the tokens that the provider is asked with next, without that it was understood whether it vouches; others may ask
/// again.
///
/// # Errors
/// When the database fails.
pub fn keep(tx: &mut Tx<'_>, session: SessionId, kept: &Kept) -> Result<()> {
    write(tx, session, kept, None)
}

fn write(
    tx: &mut Tx<'_>,
    session: SessionId,
    kept: &Kept,
    checked_at: Option<Instant>,
) -> Result<()> {
    let now = tx.now();
    let (sealed, seal_key) = sealed(tx, session, kept)?;
    diesel::update(federated_sessions::table.find(session))
        .set((
            federated_sessions::sealed.eq(sealed),
            federated_sessions::seal_key.eq(seal_key),
            federated_sessions::claimed_until.eq(now),
            checked_at.map(|now| federated_sessions::checked_at.eq(now)),
        ))
        .run(tx)?;
    Ok(())
}

/// Lets others ask about a session again.
///
/// # Errors
/// When the database fails.
pub fn release(tx: &mut Tx<'_>, session: SessionId) -> Result<()> {
    let now = tx.now();
    diesel::update(federated_sessions::table.find(session))
        .set(federated_sessions::claimed_until.eq(now))
        .run(tx)?;
    Ok(())
}

/// The sessions that go on of `provider`; of all its users, or of one, or of one session there.
///
/// # Errors
/// When the database fails.
pub fn going_on(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    subject: Option<&str>,
    sid: Option<&str>,
) -> Result<Vec<(SessionId, UserId)>> {
    let all = || {
        federated_sessions::table
            .inner_join(sessions::table)
            .filter(federated_sessions::provider_id.eq(provider))
            .filter(sessions::ended_at.is_null())
            .select((sessions::id, sessions::user_id))
    };
    match (subject, sid) {
        (None, None) => all().all(view),
        (Some(subject), None) => all().filter(federated_sessions::subject.eq(subject)).all(view),
        (None, Some(sid)) => all().filter(federated_sessions::sid.eq(sid)).all(view),
        (Some(subject), Some(sid)) => all()
            .filter(federated_sessions::subject.eq(subject))
            .filter(federated_sessions::sid.eq(sid))
            .all(view),
    }
}

/// The sessions of `user` at `provider` that go on.
///
/// # Errors
/// When the database fails.
pub fn going_on_of(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    user: UserId,
) -> Result<Vec<SessionId>> {
    federated_sessions::table
        .inner_join(sessions::table)
        .filter(federated_sessions::provider_id.eq(provider))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .select(sessions::id)
        .all(view)
}

/// Notes which session it is at the provider from now on.
///
/// # Errors
/// When the database fails.
pub fn goes_on_as(tx: &mut Tx<'_>, session: SessionId, sid: Option<&str>) -> Result<()> {
    diesel::update(federated_sessions::table.find(session))
        .set(federated_sessions::sid.eq(sid))
        .run(tx)?;
    Ok(())
}

/// Ends a session of the user whom the permit is for.
///
/// # Errors
/// When the database fails.
pub fn end<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    session: SessionId,
    reason: EndReason,
) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.find(session))
        .filter(sessions::user_id.eq(permit.user()?))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
        .run(tx)?;
    Ok(())
}

/// Ends every session that `provider`, of the agency that the permit is for, vouches for; tells which those were.
///
/// # Errors
/// When the database fails.
pub fn end_all(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepProviders>,
    provider: IdentityProviderId,
    reason: EndReason,
) -> Result<Vec<(SessionId, UserId)>> {
    let now = tx.now();
    let going_on = going_on(tx, provider, None, None)?;
    diesel::update(sessions::table)
        .filter(sessions::agency_id.eq(permit.agency()?))
        .filter(sessions::provider_id.eq(provider))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
        .run(tx)?;
    Ok(going_on)
}

/// Uses up what counts once; tells whether it was not used before.
///
/// # Errors
/// When the database fails.
pub fn use_once(tx: &mut Tx<'_>, digest: [u8; 32], expires_at: Instant) -> Result<bool> {
    let used = diesel::insert_into(federation_uses::table)
        .values((
            federation_uses::digest.eq(digest.to_vec()),
            federation_uses::expires_at.eq(expires_at),
        ))
        .on_conflict_do_nothing()
        .run(tx)?;
    Ok(used > 0)
}

/// Whether the officers of `agency` sign in through a provider only.
///
/// # Errors
/// When the database fails.
pub fn required(view: &mut View<'_>, agency: AgencyId) -> Result<bool> {
    let found: i64 = identity_providers::table
        .filter(identity_providers::agency_id.eq(agency))
        .filter(identity_providers::removed_at.is_null())
        .filter(identity_providers::enabled.eq(true))
        .filter(identity_providers::required.eq(true))
        .filter(identity_providers::in_effect.is_not_null())
        .count()
        .one(view)?;
    Ok(found > 0)
}

/// Lets go of at most `most` rows of what nobody can use again, and tells how many those were.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let now = tx.now();
    let over: Vec<Vec<u8>> = federation_uses::table
        .filter(federation_uses::expires_at.le(now))
        .select(federation_uses::digest)
        .limit(most)
        .all(tx)?;
    diesel::delete(federation_uses::table.filter(federation_uses::digest.eq_any(&over))).run(tx)?;
    let ended: Vec<SessionId> = federated_sessions::table
        .inner_join(sessions::table)
        .filter(sessions::ended_at.is_not_null().or(sessions::expires_at.le(now)))
        .select(federated_sessions::session_id)
        .limit(most)
        .all(tx)?;
    diesel::delete(federated_sessions::table.filter(federated_sessions::session_id.eq_any(&ended)))
        .run(tx)?;
    Ok(over.len() + ended.len())
}

/// Seals at most `most` sessions' tokens anew that stand under a former key, and tells how many those were.
///
/// # Errors
/// When the database fails, or the former key is no longer in the file of keys.
pub fn seal_anew(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let newest = tx.marks().newest_number()?;
    let former: Vec<VouchedRow> = federated_sessions::table
        .filter(federated_sessions::seal_key.ne(newest))
        .select(columns::<VouchedRow>())
        .order(federated_sessions::session_id)
        .limit(most)
        .all(tx)?;
    for row in &former {
        let (sealed, seal_key) = sealed(tx, row.session_id, &row.kept(tx)?)?;
        diesel::update(federated_sessions::table.find(row.session_id))
            .set((federated_sessions::sealed.eq(sealed), federated_sessions::seal_key.eq(seal_key)))
            .run(tx)?;
    }
    Ok(former.len())
}
