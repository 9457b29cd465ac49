//! The line of custody.

use crate::access::act;
use crate::cases::evidence::item;
use crate::cases::evidence::model::Disposition;
use crate::cases::evidence::store::transfers::{self, TransferRow};
use crate::clock::Instant;
use crate::db::View;
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, EvidenceId};
use crate::text_enum;

text_enum! {
    /// What a step of the line of custody is.
    pub enum CustodyStepKind {
        /// The item was registered; its originator holds it.
        Registered = "registered",
        /// The item changed hands.
        Transferred = "transferred",
        /// It was settled what becomes of the item.
        Disposed = "disposed",
    }
}

/// A step of the line of custody: whoever received in one step releases in the next.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub step: CustodyStepKind,
    /// When it happened.
    pub at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The agency that held the item before; none at the registration.
    pub from: Option<AgencyId>,
    /// The agency that holds it after; none once it has its disposition.
    pub to: Option<AgencyId>,
    /// Where.
    pub place: Option<String>,
    /// The accepted transfer.
    pub transfer: Option<TransferRow>,
    /// What became of the item.
    pub disposition: Option<Disposition>,
}

/// The line of custody of an item: registration, every accepted transfer, disposition.
///
/// # Errors
/// Not found.
pub fn custody(view: &mut View<'_>, case: CaseId, id: EvidenceId) -> Result<Vec<Entry>> {
    let item = item::see::<act::ReadEvidence>(view, case, id)?;
    let row = item.row;
    let step = |step, at, recorded_at| Entry {
        step,
        at,
        recorded_at,
        from: None,
        to: None,
        place: None,
        transfer: None,
        disposition: None,
    };
    let begun = row.collected_at.unwrap_or(row.created_at);
    let mut line = vec![Entry {
        to: Some(row.originator_agency_id),
        place: row.collected_place.clone(),
        ..step(CustodyStepKind::Registered, begun, row.created_at)
    }];
    for transfer in transfers::accepted(view, &item.permit, id)? {
        let recorded_at = transfer.decided_at.unwrap_or(transfer.offered_at);
        let at = transfer.received_at.unwrap_or(recorded_at);
        line.push(Entry {
            from: Some(transfer.from_agency_id),
            to: Some(transfer.to_agency_id),
            place: Some(transfer.place.clone()),
            transfer: Some(transfer),
            ..step(CustodyStepKind::Transferred, at, recorded_at)
        });
    }
    if let Some(disposed_at) = row.disposed_at {
        line.push(Entry {
            from: Some(row.custodian_agency_id),
            disposition: row.disposition,
            ..step(CustodyStepKind::Disposed, disposed_at, disposed_at)
        });
    }
    Ok(line)
}
