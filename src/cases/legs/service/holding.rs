//! What befalls the case or its goods and changes how legs stand.

use super::{lacks, told};
use crate::access::Permit;
use crate::cases::authorisations::store as authorisations;
use crate::cases::legs::clearance;
use crate::cases::legs::progress::Happening;
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::store::{self, Moving};
use crate::country::Country;
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

/// Stops the legs under way that what `country` grants now does not cover, as a revocation does, and gives an event for each
/// that it changes. What the goods do in a country that they have left, its leave need not cover any more.
///
/// # Errors
/// When the database fails.
pub fn stop_uncovered<A: Moving>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    country: Country,
) -> Result<Vec<Event>> {
    let now = tx.now();
    let grants = authorisations::grants(tx, permit)?;
    let loads = store::loads(tx, permit)?;
    let there = store::whereabouts(tx, permit)?;
    let gone = there.country != Some(country) || there.ahead.is_some();
    let uncovered = |row: &LegRow| {
        let plan = &row.plan.0;
        let behind = gone && plan.to.country != country;
        !behind && !clearance::lacks_of(country, plan, &grants, &loads, now).is_empty()
    };
    befall(tx, permit, Happening::Revoked, uncovered)
}
