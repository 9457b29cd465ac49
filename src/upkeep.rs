//! Upkeep: what is kept only for a while is let go when its time has passed.
//!
//! Answers under idempotency keys, the refresh tokens of sessions that ran out, failed sign-ins and known networks that
//! count no longer, what counted once when somebody signed in through a provider, and the assertions of machines that nobody
//! could use again are all of it. Sessions themselves, as
//! everything that tells who did what, stay. What stands sealed under a former key is sealed anew under the newest.
//!
//! May import: `access`, `db`, `identity`, `cases`, `deconfliction`, `watch` and what stands above them.

use std::time::Duration;

use crate::access::Context;
use crate::cases::consignments::store as consignments;
use crate::clock::SharedClock;
use crate::db::{Db, Tx};
use crate::deconfliction::store as watches;
use crate::error::Result;
use crate::identity::factors::passkeys::challenge;
use crate::identity::users::api::Rules;
use crate::identity::{self, factors, federation, recovery};
use crate::watch::letters;

/// How long to rest between two rounds.
const REST: Duration = Duration::from_secs(600);
/// How many rows one transaction lets go at most, so that no write waits long for it.
const BATCH: i64 = 500;

/// Keeps up for as long as the server runs.
pub async fn keep(db: Db, clock: SharedClock, rules: Rules) {
    loop {
        match round(&db, &clock).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "let go of what was kept for a while"),
            Err(error) => {
                tracing::warn!(code = error.code().name, "upkeep waits for its next round");
            }
        }
        match change_keys(&db, &clock).await {
            Ok(0) => {}
            Ok(sealed) => tracing::info!(sealed, "sealed anew under the newest key"),
            Err(error) => {
                let cause = error.operator().unwrap_or_default();
                tracing::warn!(cause, "some of what is sealed stays under its former key");
            }
        }
        if let Err(error) = recovery::settle_due(&db, &clock, rules).await {
            tracing::warn!(code = error.code().name, "an account waits for its next round");
        }
        tokio::time::sleep(REST).await;
    }
}

/// Lets go of everything whose time has passed, and tells how many rows that were.
///
/// # Errors
/// When the database fails.
pub async fn round(db: &Db, clock: &SharedClock) -> Result<usize> {
    let answers = drain(db, clock, |tx| tx.forget_kept_answers(BATCH)).await?;
    let tokens = drain(db, clock, |tx| identity::forget_refresh_tokens(tx, BATCH)).await?;
    let challenges = drain(db, clock, |tx| challenge::forget(tx, BATCH)).await?;
    let sign_ins = drain(db, clock, |tx| identity::forget_sign_ins(tx, BATCH)).await?;
    let assertions = drain(db, clock, |tx| identity::forget_assertions(tx, BATCH)).await?;
    let used = drain(db, clock, |tx| federation::forget(tx, BATCH)).await?;
    Ok(answers + tokens + challenges + sign_ins + assertions + used)
}

/// Seals anew what stands under a former key, and tells how much that was: identifiers, watch entries, secrets of second
/// factors and those shared with providers, providers' tokens, and what letters open.
///
/// # Errors
/// When the database fails, or the former key is no longer in the file of keys.
pub async fn change_keys(db: &Db, clock: &SharedClock) -> Result<usize> {
    let identifiers = drain(db, clock, |tx| consignments::seal_anew(tx, BATCH)).await?;
    let watched = drain(db, clock, |tx| watches::seal_anew(tx, BATCH)).await?;
    let secrets = drain(db, clock, |tx| factors::seal_anew(tx, BATCH)).await?;
    let shared = drain(db, clock, |tx| federation::seal_anew(tx, BATCH)).await?;
    let kept = drain(db, clock, |tx| federation::seal_tokens_anew(tx, BATCH)).await?;
    let written = drain(db, clock, |tx| letters::seal_anew(tx, BATCH)).await?;
    Ok(identifiers + watched + secrets + shared + kept + written)
}

/// Lets go batch by batch until nothing is left.
async fn drain(
    db: &Db,
    clock: &SharedClock,
    batch: fn(&mut Tx<'_>) -> Result<usize>,
) -> Result<usize> {
    let mut gone = 0;
    loop {
        let context = Context::of_command("upkeep", clock.now());
        let more = db.housekeep(&context, batch).await?;
        if more == 0 {
            return Ok(gone);
        }
        gone += more;
    }
}
