//! Queries over accounts that sign in, invitations and sessions.

use diesel::prelude::*;

use crate::access::{Act, Facts, Permit, UserFacts, act};
use crate::clock::Instant;
use crate::credentials::secrets::SecretDigest;
use crate::db::schema::{invitations, sessions, users};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::email::Email;
use crate::error::Result;
use crate::identity::factors::Factor;
use crate::identity::model::{UserKind, UserStatus};
use crate::identity::users::store::EndReason;
use crate::ids::{AgencyId, InvitationId, SessionId, UserId};

/// An account, as far as signing in is concerned.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Account {
    /// The user.
    pub id: UserId,
    /// The user's agency.
    pub agency_id: AgencyId,
    /// The user's address.
    pub email: Email,
    /// Where the account stands.
    pub status: UserStatus,
    /// When it took effect.
    pub confirmed_at: Option<Instant>,
    /// The hash of the password, once there is one.
    pub password_hash: Option<String>,
}

impl Account {
    /// Whether its user may sign in and stay.
    #[must_use]
    pub fn in_effect(&self) -> bool {
        self.status == UserStatus::Active && self.confirmed_at.is_some()
    }

    /// What leave to sign in rests on.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts::User(Some(UserFacts { user: self.id, agency: self.agency_id }))
    }
}

/// The account with this address that signs in here, and not at a provider; a machine has none to sign in with.
///
/// # Errors
/// When the database fails.
pub fn account_with(view: &mut View<'_>, email: &Email) -> Result<Option<Account>> {
    users::table
        .filter(users::email.eq(email))
        .filter(users::provider_id.is_null())
        .filter(users::kind.eq(UserKind::Person))
        .select(columns::<Account>())
        .maybe(view)
}

/// The account of this user, if it is a person's.
///
/// # Errors
/// When the database fails.
pub fn account(view: &mut View<'_>, user: UserId) -> Result<Option<Account>> {
    users::table
        .filter(users::id.eq(user))
        .filter(users::kind.eq(UserKind::Person))
        .select(columns::<Account>())
        .maybe(view)
}

/// Sets the password of the account that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn set_password(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, hash: &str) -> Result<()> {
    diesel::update(users::table.find(permit.user()?)).set(users::password_hash.eq(hash)).run(tx)?;
    Ok(())
}

/// Marks the account that the permit is for as one that signs in.
///
/// # Errors
/// When the database fails.
pub fn activate(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>) -> Result<()> {
    let now = tx.now();
    diesel::update(users::table.find(permit.user()?))
        .set((
            users::status.eq(UserStatus::Active),
            users::version.eq(users::version + 1),
            users::updated_at.eq(now),
        ))
        .run(tx)?;
    Ok(())
}

/// An invitation's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = invitations)]
pub struct InvitationRow {
    /// The invitation.
    pub id: InvitationId,
    /// Who is invited.
    pub user_id: UserId,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was redeemed, or another one took its place.
    pub used_at: Option<Instant>,
}

/// The invitation with this digest.
///
/// # Errors
/// When the database fails.
pub fn invitation(view: &mut View<'_>, digest: SecretDigest) -> Result<Option<InvitationRow>> {
    invitations::table
        .filter(invitations::digest.eq(digest.to_vec()))
        .select(columns::<InvitationRow>())
        .maybe(view)
}

/// Notes that an invitation of the user whom the permit is for was redeemed.
///
/// # Errors
/// When the database fails.
pub fn redeem(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, id: InvitationId) -> Result<()> {
    let now = tx.now();
    diesel::update(invitations::table.find(id))
        .filter(invitations::user_id.eq(permit.user()?))
        .set(invitations::used_at.eq(now))
        .run(tx)?;
    Ok(())
}

/// A session's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// That user's agency.
    pub agency_id: AgencyId,
    /// The address that it began at.
    pub address: String,
    /// The address that it was used from last, give or take a minute.
    pub last_address: String,
    /// What the client said it was.
    pub device: String,
    /// When the user last proved who he or she is.
    pub authenticated_at: Instant,
    /// When it was used last, give or take a minute.
    pub last_used_at: Instant,
    /// When it ends in any case.
    pub expires_at: Instant,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// Why.
    pub end_reason: Option<EndReason>,
    /// What its user proved beside the password.
    pub second_factor: Option<Factor>,
    /// How strongly the provider that vouches for it says that it signed the user in.
    pub acr: Option<String>,
    /// By what means, in the provider's words.
    pub amr: Option<Json<Vec<String>>>,
}

impl SessionRow {
    /// Whether it still goes on at `now`.
    #[must_use]
    pub fn lives(&self, now: Instant, idle_seconds: i64) -> bool {
        self.ended_at.is_none()
            && self.expires_at > now
            && self.last_used_at.plus_seconds(idle_seconds) > now
    }
}

/// Inserts a session of the user whom the permit is for.
///
/// # Errors
/// When the database fails.
pub fn insert_session(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    row: &SessionRow,
) -> Result<()> {
    let row = SessionRow { user_id: permit.user()?, ..row.clone() };
    diesel::insert_into(sessions::table).values(row).run(tx)?;
    Ok(())
}

/// The session `id`, if there is one.
///
/// # Errors
/// When the database fails.
pub fn session(view: &mut View<'_>, id: SessionId) -> Result<Option<SessionRow>> {
    sessions::table.find(id).select(columns::<SessionRow>()).maybe(view)
}

/// An action that reaches the sessions of one account: what is its user's own, and what an admin does.
pub trait ReachesSessions: Act {}

impl ReachesSessions for act::SignIn {}
impl ReachesSessions for act::OverseeSessions {}

/// A page of the sessions that still go on of the user whom the permit is for, the newest first.
///
/// # Errors
/// When the database fails.
pub fn live_sessions<A: ReachesSessions>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    idle_seconds: i64,
    page: Page,
) -> Result<PageOf<SessionRow>> {
    let now = view.now();
    let after = page.after.map_or(SessionId::from_uuid(uuid::Uuid::max()), Cursor::id);
    let rows = sessions::table
        .filter(sessions::user_id.eq(permit.user()?))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_used_at.gt(now.plus_seconds(-idle_seconds)))
        .filter(sessions::id.lt(after))
        .select(columns::<SessionRow>())
        .order(sessions::id.desc())
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &SessionRow| Cursor::after_id(row.id)))
}

/// Ends a session of the user whom the permit is for.
///
/// # Errors
/// When the database fails.
pub fn end_session<A: ReachesSessions>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: SessionId,
    reason: EndReason,
) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.find(id))
        .filter(sessions::user_id.eq(permit.user()?))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
        .run(tx)?;
    Ok(())
}

/// Notes that the user whom the permit is for has just proved who he or she is in that session, and what beside the
/// password; tells whether the session still goes on.
///
/// # Errors
/// When the database fails.
pub fn renew_session(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    id: SessionId,
    factor: Option<Factor>,
) -> Result<bool> {
    let now = tx.now();
    let renewed = diesel::update(sessions::table.find(id))
        .filter(sessions::user_id.eq(permit.user()?))
        .filter(sessions::ended_at.is_null())
        .set((sessions::authenticated_at.eq(now), sessions::second_factor.eq(factor)))
        .run(tx)?;
    Ok(renewed > 0)
}

/// Ends every session of the user whom the permit is for, but for `kept`; tells how many there were. Those that ran out
/// unused are among them: a longer time set later brings none of them back.
///
/// # Errors
/// When the database fails.
pub fn end_sessions<A: ReachesSessions>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    kept: Option<SessionId>,
    reason: EndReason,
) -> Result<usize> {
    let now = tx.now();
    let kept = kept.unwrap_or(SessionId::from_uuid(uuid::Uuid::nil()));
    diesel::update(sessions::table)
        .filter(sessions::user_id.eq(permit.user()?))
        .filter(sessions::id.ne(kept))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
        .run(tx)
}
