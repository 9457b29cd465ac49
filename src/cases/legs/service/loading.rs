//! What travels, as far as countries ask, and what of it they do not let pass while it is under way.

use crate::access::{Act, Permit};
use crate::cases::authorisations::store as authorisations;
use crate::cases::legs::clearance::{self, Lack, Load};
use crate::cases::legs::store;
use crate::db::View;
use crate::error::{Result, codes};

/// What travels in the case.
///
/// # Errors
/// When the database fails.
pub fn loads<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<Load>> {
    store::loads(view, permit)
}

/// What the countries of the legs under way do not let pass (invariant 3), were `load` added to what travels or took the
/// place of what its consignment was; nothing that they do not let pass as it is.
///
/// # Errors
/// When the database fails.
pub fn refused_under_way<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    load: Load,
) -> Result<Vec<Lack>> {
    let legs = store::under_way(view, permit)?;
    let grants = authorisations::grants(view, permit)?;
    let before = store::loads(view, permit)?;
    let mut after = before.clone();
    after.retain(|other| other.consignment != load.consignment);
    after.push(load);
    let now = view.now();
    let lacking = |loads: &[Load]| -> Vec<Lack> {
        let all = legs.iter().flat_map(|leg| clearance::lacks(&leg.plan.0, &grants, loads, now));
        all.filter(|(breach, _)| breach.code() == &codes::INVARIANT_3).collect()
    };
    let already = lacking(&before);
    let mut lacks = lacking(&after);
    lacks.retain(|lack| !already.contains(lack));
    lacks.dedup();
    Ok(lacks)
}
