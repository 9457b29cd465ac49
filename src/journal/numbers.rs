//! Numbers: every committed entry gets one place among all entries of all chains, from 1 and without a gap.
//!
//! Whoever reads by numbers misses nothing. A number that is drawn while the entry is written could not promise that: a
//! transaction that drew a lower one may commit later. So a write leaves its entries in `feed_pending`, in its own
//! transaction, and one sequencer numbers what it finds there. It finds only what is committed; what commits later it finds
//! later, and numbers higher. An entry leaves `feed_pending` in the transaction that numbers it, so it is numbered once.
//!
//! What is pending is taken in the order in which it was left there. An entry that was committed before another one was
//! begun therefore has the lower number, and a chain's entries are numbered in the order of the chain.
//!
//! Every node runs a sequencer; the one that gets the lock numbers the batch. All of them tell their process how far the
//! numbers have come.
//!
//! May import: `db` and what stands above it.

use std::sync::Arc;
use std::time::Duration;

use diesel::dsl::max;
use diesel::prelude::*;
use tokio::sync::watch;

use crate::access::Context;
use crate::clock::SharedClock;
use crate::db::schema::{feed_entries, feed_pending};
use crate::db::{Db, Run, Tx, View};
use crate::error::Result;
use crate::ids::ChainId;

/// How many entries one transaction numbers at most, so that no write waits long for it.
const BATCH: i64 = 500;
/// How long to rest between two rounds, so that what is written meanwhile is numbered together.
const REST: Duration = Duration::from_millis(10);

/// How far the numbers have come, as far as this process knows: told by its sequencer, followed by its readers.
#[derive(Debug, Clone)]
pub struct Numbers {
    newest: Arc<watch::Sender<i64>>,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { newest: Arc::new(watch::Sender::new(0)) }
    }
}

impl Numbers {
    /// Follows the newest number.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    fn tell(&self, newest: i64) {
        self.newest.send_if_modified(|known| {
            let higher = newest > *known;
            *known = newest.max(*known);
            higher
        });
    }
}

/// Numbers what is committed for as long as the server runs, and tells `numbers`. It is woken by each write of its own
/// process, and looks every `poll` for those of others.
pub async fn keep(db: Db, clock: SharedClock, numbers: Numbers, poll: Duration) {
    loop {
        match round(&db, &clock).await {
            Ok(newest) => numbers.tell(newest),
            Err(error) => {
                let cause = error.operator().unwrap_or_default();
                tracing::warn!(
                    code = error.code().name,
                    cause,
                    "numbering waits for its next round"
                );
            }
        }
        tokio::time::sleep(REST).await;
        let _ = tokio::time::timeout(poll, db.written()).await;
    }
}

/// Numbers everything that is pending, unless another node is at it, and tells the newest number.
///
/// # Errors
/// When the database fails.
pub async fn round(db: &Db, clock: &SharedClock) -> Result<i64> {
    loop {
        let context = Context::of_command("sequencer", clock.now());
        // Most looks find nothing, and looking takes nobody's turn to write.
        let (pending, newest) =
            db.read(&context, |view| Ok((newest_pending(view)?, newest_number(view)?))).await?;
        if pending.is_none() {
            return Ok(newest);
        }
        if db.housekeep(&context, number_batch).await? == 0 {
            return Ok(newest);
        }
    }
}

/// Numbers the oldest of what is pending, and tells how many entries those were: none while another node is at it.
///
/// # Errors
/// When the database fails.
fn number_batch(tx: &mut Tx<'_>) -> Result<usize> {
    if !tx.claim_numbering()? {
        return Ok(0);
    }
    // Asked for behind the lock: what another node numbered before is counted.
    let newest = newest_number(tx)?;
    let pending: Vec<(i64, ChainId, i64)> =
        feed_pending::table.order(feed_pending::id).limit(BATCH).all(tx)?;
    if pending.is_empty() {
        return Ok(0);
    }
    let taken: Vec<i64> = pending.iter().map(|(id, _, _)| *id).collect();
    let numbered: Vec<_> = (newest + 1..)
        .zip(pending)
        .map(|(number, (_, chain, sequence))| {
            (
                feed_entries::number.eq(number),
                feed_entries::chain_id.eq(chain),
                feed_entries::sequence.eq(sequence),
            )
        })
        .collect();
    diesel::insert_into(feed_entries::table).values(numbered).run(tx)?;
    // By id and not up to an id: a lower one may have been committed since they were read.
    diesel::delete(feed_pending::table.filter(feed_pending::id.eq_any(&taken))).run(tx)?;
    Ok(taken.len())
}

/// The newest number; 0 before the first.
///
/// # Errors
/// When the database fails.
pub fn newest_number(view: &mut View<'_>) -> Result<i64> {
    let newest: Option<i64> = feed_entries::table.select(max(feed_entries::number)).one(view)?;
    Ok(newest.unwrap_or(0))
}

/// The newest of what waits for its number; nothing where nothing waits.
///
/// # Errors
/// When the database fails.
pub fn newest_pending(view: &mut View<'_>) -> Result<Option<i64>> {
    feed_pending::table.select(max(feed_pending::id)).one(view)
}

/// Whether anything up to `id` still waits for its number.
///
/// # Errors
/// When the database fails.
pub fn waits(view: &mut View<'_>, id: i64) -> Result<bool> {
    let waiting: i64 = feed_pending::table.filter(feed_pending::id.le(id)).count().one(view)?;
    Ok(waiting > 0)
}
