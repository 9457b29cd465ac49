//! To whom an item is shown.

use std::collections::BTreeSet;

use crate::access::act;
use crate::cases::evidence::input::{AudienceInput, judge_audience};
use crate::cases::evidence::item;
use crate::cases::evidence::model::change_audience;
use crate::cases::evidence::store;
use crate::cases::standing;
use crate::db::Tx;
use crate::error::{Faults, Result};
use crate::ids::{AgencyId, CaseId, EvidenceId};
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

use super::{Shown, event, flags_of};

/// The agencies of `wanted`, with a fault for each that is not among `allowed`: in the same words whether there is no
/// such agency or it takes no part in the case.
pub(super) fn judged_audience(
    wanted: &[AgencyId],
    allowed: &BTreeSet<AgencyId>,
    pointer: &str,
    faults: &mut Faults,
) -> BTreeSet<AgencyId> {
    judge_audience(wanted, pointer, faults);
    for (at, agency) in wanted.iter().enumerate() {
        if !allowed.contains(agency) {
            faults.add(format!("{pointer}/{at}"), "expected an agency that takes part in the case");
        }
    }
    wanted.iter().copied().collect()
}

/// Sets to whom an item is shown. Who is shown it already may stay in without taking part in the case any more.
///
/// # Errors
/// Not found, forbidden, a missing or stale version, invalid with every fault named; or invariant 20 when someone else
/// than the originator would widen the audience.
pub fn set_audience(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    submission: &Submission,
) -> Result<Change<Shown>> {
    let item = item::take::<act::SetAudience>(tx, case, id)?;
    let input: AudienceInput = submission.read_guarded(item.row.version)?;
    let mut faults = Faults::new();
    let wanted = input.agencies.required(&mut faults, "/agencies").unwrap_or_default();
    // Who may not widen learns nothing of whom it would have been widened to.
    let audience =
        change_audience(&item.custody(), item.by, &item.audience, wanted.iter().copied())?;
    let mut allowed = item.audience.clone();
    allowed.extend(standing::accepted_agencies(tx, &item.permit)?);
    judged_audience(&wanted, &allowed, "/agencies", &mut faults);
    faults.finish()?;
    let flags = flags_of(tx, &item.permit, id)?;
    let added: Vec<AgencyId> = audience.difference(&item.audience).copied().collect();
    let removed: Vec<AgencyId> = item.audience.difference(&audience).copied().collect();
    let mut row = item.row;
    if added.is_empty() && removed.is_empty() {
        return Ok(Change::Unchanged(Shown { row, audience, flags }));
    }
    row.version += 1;
    row.updated_at = tx.now();
    store::update_audience(tx, &item.permit, &row, &added, &removed)?;
    let event = event(&row, Deed::AudienceChanged).with("added", added).with("removed", removed);
    Ok(Change::by(Shown { row, audience, flags }, event))
}
