//! What becomes of an item.

use crate::access::act;
use crate::cases::evidence::input::DispositionInput;
use crate::cases::evidence::store;
use crate::cases::evidence::{item, model};
use crate::db::Tx;
use crate::error::{Error, Faults, Result};
use crate::ids::{CaseId, EvidenceId};
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

use super::{Shown, event, flags_of};

/// Settles what becomes of an item, for good.
///
/// # Errors
/// Not found, forbidden, invalid; or the item has its disposition, is being offered, or is locked by `H1`.
pub fn dispose(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    submission: &Submission,
) -> Result<Change<Shown>> {
    let item = item::take::<act::DisposeEvidence>(tx, case, id)?;
    let input: DispositionInput = submission.read()?;
    let mut faults = Faults::new();
    let disposition = input.disposition.required(&mut faults, "/disposition");
    let reason = input.reason.optional(&mut faults, "/reason");
    faults.finish()?;
    let disposition =
        disposition.ok_or_else(|| Error::internal("a disposition without faults is missing"))?;
    model::dispose(&item.custody(), item.by, disposition)?;
    let mut row = item.row;
    row.disposition = Some(disposition);
    row.disposition_reason = reason.as_ref().map(|reason| reason.as_str().to_owned());
    row.disposed_at = Some(tx.now());
    row.version += 1;
    row.updated_at = tx.now();
    store::dispose(tx, &item.permit, &row)?;
    let flags = flags_of(tx, &item.permit, id)?;
    let event = event(&row, Deed::EvidenceDisposed)
        .with("disposition", disposition)
        .with("custodian", row.custodian_agency_id)
        .optional_text("reason", row.disposition_reason.as_deref());
    Ok(Change::by(Shown { row, audience: item.audience, flags }, event))
}
