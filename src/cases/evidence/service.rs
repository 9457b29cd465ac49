//! What can be asked for about evidence references: one use case, one transaction.

use std::collections::BTreeSet;

use crate::access::{Act, Permit, act};
use crate::cases::standing;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, EvidenceId, FlagId};
use crate::journal::event::{Deed, Event, SubjectKind};

use super::item;
use super::model::FlagKind;
use super::store::{self, EvidenceRow, FlagRow};

mod audience;
mod custody;
mod dispose;
mod edit;
mod register;
mod transfer;
mod verify;

pub use audience::set_audience;
pub use custody::{CustodyStepKind, Entry, custody};
pub use dispose::dispose;
pub use edit::edit;
pub use register::register;
pub use transfer::{accept, cancel, get_transfer, list_transfers, offer, refuse};
pub use verify::{Verified, verify};

/// An item as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The item.
    pub row: EvidenceRow,
    /// To whom it is shown.
    pub audience: BTreeSet<AgencyId>,
    /// What is permanently odd about it.
    pub flags: Vec<FlagRow>,
}

/// A page of the items of a case that the caller's agency is shown.
///
/// # Errors
/// Not found; or the page asked for is not right.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<Shown>> {
    let permit = standing::see::<act::ReadEvidence>(view, case)?.permit;
    let agency = view.context().officer()?.agency;
    let rows = store::list(view, &permit, agency, page()?)?;
    let ids: Vec<EvidenceId> = rows.items.iter().map(|row| row.id).collect();
    let mut audiences = store::audiences(view, &permit, ids.clone())?;
    let mut flags = store::flags(view, &permit, ids)?;
    Ok(rows.map(|row| Shown {
        audience: audiences.remove(&row.id).unwrap_or_default(),
        flags: flags.remove(&row.id).unwrap_or_default(),
        row,
    }))
}

/// An item.
///
/// # Errors
/// Not found.
pub fn get(view: &mut View<'_>, case: CaseId, id: EvidenceId) -> Result<Shown> {
    let item = item::see::<act::ReadEvidence>(view, case, id)?;
    let flags = flags_of(view, &item.permit, id)?;
    Ok(Shown { row: item.row, audience: item.audience, flags })
}

fn flags_of<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: EvidenceId,
) -> Result<Vec<FlagRow>> {
    Ok(store::flags(view, permit, vec![id])?.remove(&id).unwrap_or_default())
}

fn event(row: &EvidenceRow, deed: Deed) -> Event {
    Event::in_case(row.case_id, deed, SubjectKind::Evidence, row.id)
}

/// Sets a permanent flag and tells of it.
fn raise<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &EvidenceRow,
    kind: FlagKind,
    explanation: String,
) -> Result<(FlagRow, Event)> {
    let (now, case_id) = (tx.now(), permit.case()?);
    let raised_by = tx.context().officer()?.user;
    let id = FlagId::new(now);
    let told = event(row, Deed::EvidenceFlagged)
        .with("flag", id)
        .with("kind", kind)
        .text("explanation", explanation.clone());
    let flag =
        FlagRow { id, evidence_id: row.id, case_id, kind, explanation, raised_by, raised_at: now };
    store::insert_flag(tx, permit, flag.clone())?;
    Ok((flag, told))
}
