//! Queries over the secrets of one-time passwords and recovery codes.

use diesel::prelude::*;

use crate::access::{Act, Permit, act};
use crate::clock::Instant;
use crate::credentials::one_time::OneTimeSecret;
use crate::db::schema::{passkeys, recovery_codes, sessions, totp_factors};
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{RecoveryCodeId, SessionId, TotpFactorId, UserId};
use crate::text_enum;

text_enum! {
    /// What somebody proved beside the password.
    pub enum Factor {
        /// A one-time password of a device.
        Totp = "totp",
        /// A passkey, which stands for the password too.
        Passkey = "passkey",
        /// A recovery code.
        RecoveryCode = "recovery_code",
    }
}

/// A secret's row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = totp_factors)]
pub struct TotpRow {
    /// The secret.
    pub id: TotpFactorId,
    sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Instant,
    /// When the device proved itself.
    pub confirmed_at: Option<Instant>,
    /// The newest step that was used.
    pub last_step: i64,
    /// Wrong one-time passwords since the last right one.
    pub failures: i64,
    /// Until when the next one waits.
    pub blocked_until: Option<Instant>,
}

impl TotpRow {
    /// The secret itself.
    ///
    /// # Errors
    /// When its key is no longer in the file of keys.
    pub fn secret(&self, view: &View<'_>) -> Result<OneTimeSecret> {
        OneTimeSecret::restore(&view.marks().open(self.id.uuid().as_bytes(), &self.sealed)?)
    }
}

/// The secret that signing in asks for.
///
/// # Errors
/// When the database fails.
pub fn in_use(view: &mut View<'_>, user: UserId) -> Result<Option<TotpRow>> {
    totp_factors::table
        .filter(totp_factors::user_id.eq(user))
        .filter(totp_factors::confirmed_at.is_not_null())
        .select(columns::<TotpRow>())
        .maybe(view)
}

/// The secret whose device has not proved itself yet.
///
/// # Errors
/// When the database fails.
pub fn begun(view: &mut View<'_>, user: UserId) -> Result<Option<TotpRow>> {
    totp_factors::table
        .filter(totp_factors::user_id.eq(user))
        .filter(totp_factors::confirmed_at.is_null())
        .select(columns::<TotpRow>())
        .maybe(view)
}

/// Keeps a new secret, which is not asked for yet, in place of one that was begun before.
///
/// # Errors
/// When the database fails.
pub fn begin(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepFactors>,
    secret: &OneTimeSecret,
) -> Result<()> {
    let (user, now) = (permit.user()?, tx.now());
    diesel::delete(totp_factors::table)
        .filter(totp_factors::user_id.eq(user))
        .filter(totp_factors::confirmed_at.is_null())
        .run(tx)?;
    let id = TotpFactorId::new(now);
    let sealed = tx.marks().seal(id.uuid().as_bytes(), &secret.text())?;
    let seal_key = tx.marks().newest_number()?;
    diesel::insert_into(totp_factors::table)
        .values((
            totp_factors::id.eq(id),
            totp_factors::user_id.eq(user),
            totp_factors::sealed.eq(sealed),
            totp_factors::seal_key.eq(seal_key),
            totp_factors::created_at.eq(now),
            totp_factors::last_step.eq(0_i64),
            totp_factors::failures.eq(0_i64),
        ))
        .run(tx)?;
    Ok(())
}

/// Takes the secret `id` into use, in place of the former one; its step `step` was just used, in `session`.
///
/// # Errors
/// When the database fails.
pub fn confirm(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepFactors>,
    id: TotpFactorId,
    step: i64,
    session: SessionId,
) -> Result<()> {
    let (user, now) = (permit.user()?, tx.now());
    diesel::delete(totp_factors::table)
        .filter(totp_factors::user_id.eq(user))
        .filter(totp_factors::confirmed_at.is_not_null())
        .run(tx)?;
    diesel::update(totp_factors::table.find(id))
        .filter(totp_factors::user_id.eq(user))
        .set((totp_factors::confirmed_at.eq(now), totp_factors::last_step.eq(step)))
        .run(tx)?;
    prove_in_session(tx, permit, session, Factor::Totp)
}

/// Notes that the user whom the permit is for has just proved `factor` in `session`.
///
/// # Errors
/// When the database fails.
pub fn prove_in_session(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepFactors>,
    session: SessionId,
    factor: Factor,
) -> Result<()> {
    diesel::update(sessions::table.find(session))
        .filter(sessions::user_id.eq(permit.user()?))
        .set(sessions::second_factor.eq(factor))
        .run(tx)?;
    Ok(())
}

/// Takes all second factors of the account away that the permit is for; tells how many rows that were. Its sessions are
/// from now on such as were begun by password alone.
///
/// # Errors
/// When the database fails.
pub fn remove<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<usize> {
    let user = permit.user()?;
    let secrets =
        diesel::delete(totp_factors::table).filter(totp_factors::user_id.eq(user)).run(tx)?;
    let codes =
        diesel::delete(recovery_codes::table).filter(recovery_codes::user_id.eq(user)).run(tx)?;
    let keys = diesel::delete(passkeys::table).filter(passkeys::user_id.eq(user)).run(tx)?;
    forget_proofs(tx, permit)?;
    Ok(secrets + codes + keys)
}

/// What the user whom the permit is for proved beside the password counts no longer, in any session that goes on.
///
/// # Errors
/// When the database fails.
pub fn forget_proofs<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<()> {
    diesel::update(sessions::table)
        .filter(sessions::user_id.eq(permit.user()?))
        .filter(sessions::ended_at.is_null())
        .set(sessions::second_factor.eq(None::<Factor>))
        .run(tx)?;
    Ok(())
}

/// How many recovery codes the user has left.
///
/// # Errors
/// When the database fails.
pub fn codes_left(view: &mut View<'_>, user: UserId) -> Result<i64> {
    recovery_codes::table
        .filter(recovery_codes::user_id.eq(user))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .one(view)
}

/// Puts recovery codes in the place of the former ones.
///
/// # Errors
/// When the database fails.
pub fn replace_codes(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepFactors>,
    digests: &[[u8; 32]],
) -> Result<()> {
    let (user, now) = (permit.user()?, tx.now());
    diesel::delete(recovery_codes::table).filter(recovery_codes::user_id.eq(user)).run(tx)?;
    for digest in digests {
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::id.eq(RecoveryCodeId::new(now)),
                recovery_codes::user_id.eq(user),
                recovery_codes::digest.eq(digest.to_vec()),
                recovery_codes::created_at.eq(now),
            ))
            .run(tx)?;
    }
    Ok(())
}

/// Notes that `step` was used; nothing older counts from now on.
///
/// # Errors
/// When the database fails.
pub fn use_step(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    id: TotpFactorId,
    step: i64,
) -> Result<()> {
    diesel::update(totp_factors::table.find(id))
        .filter(totp_factors::user_id.eq(permit.user()?))
        .set((
            totp_factors::last_step.eq(step),
            totp_factors::failures.eq(0_i64),
            totp_factors::blocked_until.eq(None::<Instant>),
        ))
        .run(tx)?;
    Ok(())
}

/// Notes a wrong one-time password: the how many-th it is, and until when the next one waits.
///
/// # Errors
/// When the database fails.
pub fn note_failure(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    id: TotpFactorId,
    failures: i64,
    blocked_until: Option<Instant>,
) -> Result<()> {
    diesel::update(totp_factors::table.find(id))
        .filter(totp_factors::user_id.eq(permit.user()?))
        .set((totp_factors::failures.eq(failures), totp_factors::blocked_until.eq(blocked_until)))
        .run(tx)?;
    Ok(())
}

/// Uses the recovery code with this digest up; tells whether there was one.
///
/// # Errors
/// When the database fails.
pub fn use_code(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, digest: &[u8; 32]) -> Result<bool> {
    let now = tx.now();
    let used = diesel::update(recovery_codes::table)
        .filter(recovery_codes::user_id.eq(permit.user()?))
        .filter(recovery_codes::digest.eq(digest.to_vec()))
        .filter(recovery_codes::used_at.is_null())
        .set(recovery_codes::used_at.eq(now))
        .run(tx)?;
    Ok(used > 0)
}

/// Seals at most `most` secrets anew that stand under a former key, and tells how many those were.
///
/// # Errors
/// When the database fails, or the former key is no longer in the file of keys.
pub fn seal_anew(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let newest = tx.marks().newest_number()?;
    let former: Vec<TotpRow> = totp_factors::table
        .filter(totp_factors::seal_key.ne(newest))
        .select(columns::<TotpRow>())
        .order((totp_factors::seal_key, totp_factors::id))
        .limit(most)
        .all(tx)?;
    for row in &former {
        let text = row.secret(tx)?.text();
        let sealed = tx.marks().seal(row.id.uuid().as_bytes(), &text)?;
        diesel::update(totp_factors::table.find(row.id))
            .set((totp_factors::sealed.eq(sealed), totp_factors::seal_key.eq(newest)))
            .run(tx)?;
    }
    Ok(former.len())
}
