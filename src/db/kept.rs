//! Answers kept under idempotency keys, in the transaction of the work that they answer.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::{Context, IdempotencyKey, Officer};
use crate::answer::Answer;
use crate::clock::Instant;
use crate::db::conn::Run;
use crate::db::dialect;
use crate::db::schema::idempotency_keys;
use crate::db::tx::Tx;
use crate::error::{Error, KeptError, Result, codes};
use crate::ids::UserId;

/// What was answered first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept {
    Answer(Answer),
    Refusal(KeptError),
}

impl Kept {
    pub(super) fn of(result: &Result<Answer>) -> Option<Self> {
        match result {
            Ok(answer) => Some(Self::Answer(answer.kept())),
            Err(error) => error.kept().map(Self::Refusal),
        }
    }

    pub(super) fn told_again(self) -> Result<Answer> {
        match self {
            Self::Answer(answer) => Ok(answer),
            Self::Refusal(refusal) => Err(refusal.into()),
        }
    }
}

/// What is found under a key before the work begins.
pub(super) enum Found {
    /// Nothing: the work is to be done.
    Nothing,
    /// The first answer to the same request.
    Kept(Kept),
    /// The key was used for another request.
    OtherRequest,
}

fn scope(context: &Context) -> Option<(&Officer, &IdempotencyKey)> {
    Some((context.caller.officer()?, context.idempotency.as_ref()?))
}

/// Looks under the request's key, if it has one, and keeps others that use the key now away.
pub(super) fn look(tx: &mut Tx<'_>) -> Result<Found> {
    let Some((officer, key)) = scope(tx.context()) else { return Ok(Found::Nothing) };
    if !dialect::claim_key(tx, officer.user, key.key)? {
        return Err(Error::new(
            &codes::REQUEST_IN_FLIGHT,
            "The first request with this Idempotency-Key is still running; ask again in a moment.",
        ));
    }
    let now = tx.now();
    let row: Option<(Vec<u8>, Vec<u8>, Instant)> = idempotency_keys::table
        .find((officer.user, key.key.as_slice()))
        .select((
            idempotency_keys::request_digest,
            idempotency_keys::answer,
            idempotency_keys::expires_at,
        ))
        .maybe(tx)?;
    Ok(match row {
        Some((_, _, expires_at)) if expires_at <= now => {
            diesel::delete(idempotency_keys::table.find((officer.user, key.key.as_slice())))
                .run(tx)?;
            Found::Nothing
        }
        Some((request, sealed, _)) if request == key.request => {
            let kept = tx.marks().open(&key.key, &sealed)?;
            Found::Kept(serde_json::from_str(&kept).map_err(Error::internal)?)
        }
        Some(_) => Found::OtherRequest,
        None => Found::Nothing,
    })
}

/// Keeps an answer under the request's key, if it has one.
pub(super) fn keep(tx: &mut Tx<'_>, kept: &Kept, seconds: i64) -> Result<()> {
    let Some((officer, key)) = scope(tx.context()) else { return Ok(()) };
    let now = tx.now();
    let kept = serde_json::to_string(kept).map_err(Error::internal)?;
    // An answer may hold what its row holds sealed.
    let sealed = tx.marks().seal(&key.key, &kept)?;
    diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::principal.eq(officer.user),
            idempotency_keys::key_digest.eq(key.key.as_slice()),
            idempotency_keys::request_digest.eq(key.request.as_slice()),
            idempotency_keys::answer.eq(sealed),
            idempotency_keys::created_at.eq(now),
            idempotency_keys::expires_at.eq(now.plus_seconds(seconds)),
        ))
        .run(tx)?;
    Ok(())
}

impl Tx<'_> {
    /// Lets go of at most `most` answers whose time has passed, the oldest first, and tells how many those were.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget_kept_answers(&mut self, most: i64) -> Result<usize> {
        let old: Vec<(UserId, Vec<u8>)> = idempotency_keys::table
            .filter(idempotency_keys::expires_at.le(self.now()))
            .select((idempotency_keys::principal, idempotency_keys::key_digest))
            .order(idempotency_keys::expires_at)
            .limit(most)
            .all(self)?;
        for key in &old {
            diesel::delete(idempotency_keys::table.find((key.0, &key.1))).run(self)?;
        }
        Ok(old.len())
    }
}

/// The error for a key that was used for another request.
pub(super) fn other_request() -> Error {
    Error::new(
        &codes::IDEMPOTENCY_KEY_REUSED,
        "This Idempotency-Key belongs to another request; make a new key for each command.",
    )
}
