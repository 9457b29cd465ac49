//! What happens to the case or its goods and changes how legs stand.

use super::told;
use crate::access::Permit;
use crate::cases::legs::model::LegStatus;
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::store::{self, Moving};
use crate::db::Tx;
use crate::error::Result;
use crate::journal::event::{Deed, Event};

/// Puts the legs under way of which `which` is true into the state `to`, and gives an event for each that was in another.
///
/// # Errors
/// When the database fails.
pub fn hold<A: Moving>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    to: LegStatus,
    which: impl Fn(&LegRow) -> bool,
) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for row in store::under_way(tx, permit)? {
        if row.status == to || !which(&row) {
            continue;
        }
        let from = row.status;
        let row = row.moved(to, tx.now());
        store::update_status(tx, permit, &row)?;
        events.push(told(Deed::LegHeld, &row).with("from", from));
    }
    Ok(events)
}
