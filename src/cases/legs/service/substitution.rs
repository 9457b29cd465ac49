//! Whether the States concerned let the goods be replaced.

use crate::access::{Act, Permit};
use crate::cases::authorisations::store as authorisations;
use crate::cases::legs::clearance;
use crate::cases::legs::store;
use crate::clock::Instant;
use crate::db::View;
use crate::error::{Missing, Result};

/// The countries on the route of the case that do not let the goods be replaced at the moment `at` (invariant 10). Before
/// there is a route none is concerned but the one in which they are.
///
/// # Errors
/// When the database fails.
pub fn without_consent<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    at: Instant,
) -> Result<Vec<Missing>> {
    let legs = store::all(view, permit)?;
    let countries = legs.iter().flat_map(|leg| [leg.from_country, leg.to_country]).collect();
    let grants = authorisations::grants(view, permit)?;
    Ok(clearance::without_consent(&countries, &grants, at))
}
