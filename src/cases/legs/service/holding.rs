//! What befalls the case or its goods and changes how legs stand.

use super::{lacks, told};
use crate::access::Permit;
use crate::cases::legs::progress::Happening;
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::store::{self, Moving};
use crate::db::Tx;
use crate::error::Result;
use crate::journal::event::{Deed, Event};

/// Lets `happening` befall the legs under way of which `which` is true, and gives an event for each that it changes.
///
/// # Errors
/// When the database fails.
pub fn befall<A: Moving>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    happening: Happening,
    which: impl Fn(&LegRow) -> bool,
) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for row in store::under_way(tx, permit)?.into_iter().filter(which) {
        let cleared = !happening.lets_go_on() || lacks(tx, permit, &row)?.is_empty();
        let (before, after) = (row.progress(), row.progress().after(happening, cleared));
        if after == before {
            continue;
        }
        let row = row.progressed(after, tx.now());
        store::update_status(tx, permit, &row)?;
        let event = told(Deed::LegHeld, &row).with("from", before.status);
        events.push(event.with("when_found", after.when_found));
    }
    Ok(events)
}
