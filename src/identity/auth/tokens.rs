//! Queries over refresh tokens.

use diesel::prelude::*;

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::credentials::secrets::SecretDigest;
use crate::db::schema::{refresh_tokens, sessions};
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::identity::auth::store::SessionRow;
use crate::ids::{RefreshTokenId, SessionId};

/// A refresh token's row, without its digest.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = refresh_tokens)]
pub struct TokenRow {
    /// The token.
    pub id: RefreshTokenId,
    /// The token that it was given for.
    pub parent_id: Option<RefreshTokenId>,
    /// When it was used.
    pub used_at: Option<Instant>,
    /// When another took its place.
    pub superseded_at: Option<Instant>,
    /// When it ends.
    pub expires_at: Instant,
}

/// The refresh token with this digest and its session.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, digest: SecretDigest) -> Result<Option<(TokenRow, SessionRow)>> {
    refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::digest.eq(digest.to_vec()))
        .select((columns::<TokenRow>(), columns::<SessionRow>()))
        .maybe(view)
}

/// Whether a token that was given for `parent` was used.
///
/// # Errors
/// When the database fails.
pub fn was_followed(view: &mut View<'_>, parent: RefreshTokenId) -> Result<bool> {
    let used: i64 = refresh_tokens::table
        .filter(refresh_tokens::parent_id.eq(parent))
        .filter(refresh_tokens::used_at.is_not_null())
        .count()
        .one(view)?;
    Ok(used > 0)
}

/// Gives `session`, which is the permit's user's, a refresh token in place of all unused ones given for `parent`, which
/// counts as used from now on. That is a use of the session, from its last address.
///
/// # Errors
/// When the database fails.
pub fn follow(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    session: &SessionRow,
    parent: Option<RefreshTokenId>,
    digest: SecretDigest,
) -> Result<()> {
    let now = tx.now();
    if let Some(parent) = parent {
        diesel::update(refresh_tokens::table.find(parent))
            .filter(refresh_tokens::used_at.is_null())
            .set(refresh_tokens::used_at.eq(now))
            .run(tx)?;
        diesel::update(refresh_tokens::table)
            .filter(refresh_tokens::parent_id.eq(parent))
            .filter(refresh_tokens::superseded_at.is_null())
            .set(refresh_tokens::superseded_at.eq(now))
            .run(tx)?;
        diesel::update(sessions::table.find(session.id))
            .filter(sessions::user_id.eq(permit.user()?))
            .set((sessions::last_used_at.eq(now), sessions::last_address.eq(&session.last_address)))
            .run(tx)?;
    }
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::id.eq(RefreshTokenId::new(now)),
            refresh_tokens::session_id.eq(session.id),
            refresh_tokens::digest.eq(digest.to_vec()),
            refresh_tokens::parent_id.eq(parent),
            refresh_tokens::created_at.eq(now),
            refresh_tokens::expires_at.eq(session.expires_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Lets go of the refresh tokens of at most `most` sessions that ran out, and tells how many sessions those were. None of
/// the tokens could be used again, nor could a stolen one.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let over: Vec<SessionId> = refresh_tokens::table
        .filter(refresh_tokens::parent_id.is_null())
        .filter(refresh_tokens::expires_at.le(tx.now()))
        .select(refresh_tokens::session_id)
        .limit(most)
        .all(tx)?;
    for session in &over {
        // Each token but the first points at the one that it was given for: all of a session go in one statement.
        diesel::delete(refresh_tokens::table)
            .filter(refresh_tokens::session_id.eq(session))
            .run(tx)?;
    }
    Ok(over.len())
}
