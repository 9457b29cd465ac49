//! Queries over to whom items are shown.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use crate::access::{Act, Permit, act};
use crate::db::schema::evidence_audience;
use crate::db::{Run, Tx, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, EvidenceId};

use super::{EvidenceRow, update_version};

/// To whom an item of the case is shown.
///
/// # Errors
/// When the database fails.
pub fn audience<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: EvidenceId,
) -> Result<BTreeSet<AgencyId>> {
    let agencies: Vec<AgencyId> = evidence_audience::table
        .filter(evidence_audience::evidence_id.eq(id))
        .filter(evidence_audience::case_id.eq(permit.case()?))
        .select(evidence_audience::agency_id)
        .all(view)?;
    Ok(agencies.into_iter().collect())
}

/// To whom some items of a case are shown.
///
/// # Errors
/// When the database fails.
pub fn audiences(
    view: &mut View<'_>,
    permit: &Permit<act::ReadEvidence>,
    ids: Vec<EvidenceId>,
) -> Result<HashMap<EvidenceId, BTreeSet<AgencyId>>> {
    let rows: Vec<(EvidenceId, AgencyId)> = evidence_audience::table
        .filter(evidence_audience::case_id.eq(permit.case()?))
        .filter(evidence_audience::evidence_id.eq_any(ids))
        .select((evidence_audience::evidence_id, evidence_audience::agency_id))
        .all(view)?;
    let mut audiences: HashMap<_, BTreeSet<_>> = HashMap::new();
    for (id, agency) in rows {
        audiences.entry(id).or_default().insert(agency);
    }
    Ok(audiences)
}

/// The items of a case that `agency` may read: what the journal shows of evidence goes by it.
///
/// # Errors
/// When the database fails.
pub fn readable_ids(
    view: &mut View<'_>,
    permit: &Permit<act::ReadCaseJournal>,
    agency: AgencyId,
) -> Result<BTreeSet<EvidenceId>> {
    let ids: Vec<EvidenceId> = evidence_audience::table
        .filter(evidence_audience::case_id.eq(permit.case()?))
        .filter(evidence_audience::agency_id.eq(agency))
        .select(evidence_audience::evidence_id)
        .all(view)?;
    Ok(ids.into_iter().collect())
}

/// Shows an item to some more agencies.
///
/// # Errors
/// When the database fails.
pub(super) fn show_to(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    agencies: impl Iterator<Item = AgencyId>,
) -> Result<()> {
    let now = tx.now();
    for agency in agencies {
        diesel::insert_into(evidence_audience::table)
            .values((
                evidence_audience::evidence_id.eq(id),
                evidence_audience::agency_id.eq(agency),
                evidence_audience::case_id.eq(case),
                evidence_audience::added_at.eq(now),
            ))
            .run(tx)?;
    }
    Ok(())
}

/// Shows an item of the case to `added`, and to `removed` no longer.
///
/// # Errors
/// When the database fails.
pub fn update_audience(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SetAudience>,
    row: &EvidenceRow,
    added: &[AgencyId],
    removed: &[AgencyId],
) -> Result<()> {
    let case = permit.case()?;
    show_to(tx, case, row.id, added.iter().copied())?;
    let gone = evidence_audience::table
        .filter(evidence_audience::case_id.eq(case))
        .filter(evidence_audience::evidence_id.eq(row.id))
        .filter(evidence_audience::agency_id.eq_any(removed.to_vec()));
    diesel::delete(gone).run(tx)?;
    update_version(tx, permit, row)
}
