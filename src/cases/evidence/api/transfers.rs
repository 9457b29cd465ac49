//! Transfers and the line of custody over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::evidence::model::{Disposition, TransferStatus};
use crate::cases::evidence::service::{self, CustodyStepKind, Entry};
use crate::cases::evidence::store::transfers::TransferRow;
use crate::clock::Instant;
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{AgencyId, EvidenceId, TransferId};
use crate::quantity::Quantity;

/// A transfer of custody.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferView {
    /// The transfer.
    pub id: TransferId,
    /// The item.
    pub evidence_id: EvidenceId,
    /// The releasing agency.
    pub from_agency_id: AgencyId,
    /// The receiving agency.
    pub to_agency_id: AgencyId,
    /// Where it stands.
    pub status: TransferStatus,
    /// Where the item changes hands.
    pub place: String,
    /// The zone of that place.
    pub time_zone: String,
    /// Why it changes hands.
    pub purpose: String,
    /// The seal it leaves with.
    pub seal: Option<String>,
    /// The condition it leaves in.
    pub condition: Option<String>,
    /// The weight it leaves with.
    pub weight: Option<Quantity>,
    /// When it was offered.
    pub offered_at: Instant,
    /// When it left the releaser's hands, where that was told.
    pub released_at: Option<Instant>,
    /// When it was accepted, refused or cancelled.
    pub decided_at: Option<Instant>,
    /// When the receiver took it over.
    pub received_at: Option<Instant>,
    /// The zone in which that was told.
    pub time_zone_received: Option<String>,
    /// The seal it came with; empty when there was none.
    pub seal_received: Option<String>,
    /// The condition it came in.
    pub condition_received: Option<String>,
    /// The weight it came with.
    pub weight_received: Option<Quantity>,
    /// Where the receiver keeps it.
    pub storage_place_received: Option<String>,
    /// Why it was refused or cancelled.
    pub reason: Option<String>,
}

/// A page of transfers.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferList {
    /// The transfers.
    pub items: Vec<TransferView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// A step of the line of custody: whoever received in one step releases in the next.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustodyStep {
    /// What it is.
    pub step: CustodyStepKind,
    /// When it happened.
    pub at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The agency that held the item before; none at the registration.
    pub from_agency_id: Option<AgencyId>,
    /// The agency that holds it after; none once it has its disposition.
    pub to_agency_id: Option<AgencyId>,
    /// Where.
    pub place: Option<String>,
    /// The transfer, with purpose, seal, condition and weight.
    pub transfer: Option<TransferView>,
    /// What became of the item.
    pub disposition: Option<Disposition>,
}

/// The line of custody, from the registration on and without a gap.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustodyLine {
    /// The steps, in the order in which they were recorded.
    pub items: Vec<CustodyStep>,
}

impl From<TransferRow> for TransferView {
    fn from(row: TransferRow) -> Self {
        Self {
            id: row.id,
            evidence_id: row.evidence_id,
            from_agency_id: row.from_agency_id,
            to_agency_id: row.to_agency_id,
            status: row.status,
            place: row.place,
            time_zone: row.time_zone,
            purpose: row.purpose,
            seal: row.seal,
            condition: row.condition,
            weight: row.weight.map(|weight| weight.0),
            offered_at: row.offered_at,
            released_at: row.released_at,
            decided_at: row.decided_at,
            received_at: row.received_at,
            time_zone_received: row.time_zone_received,
            seal_received: row.seal_received,
            condition_received: row.condition_received,
            weight_received: row.weight_received.map(|weight| weight.0),
            storage_place_received: row.storage_place_received,
            reason: row.reason,
        }
    }
}

impl From<Entry> for CustodyStep {
    fn from(entry: Entry) -> Self {
        Self {
            step: entry.step,
            at: entry.at,
            recorded_at: entry.recorded_at,
            from_agency_id: entry.from,
            to_agency_id: entry.to,
            place: entry.place,
            transfer: entry.transfer.map(Into::into),
            disposition: entry.disposition,
        }
    }
}

fn show(row: TransferRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&TransferView::from(row))?.version(version))
}

/// Lists the transfers of an item.
///
/// # Errors
/// As the contract says.
pub async fn list_transfers(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        let page = service::list_transfers(view, case, id, || PageParams::page(call))?;
        let page = page.map(TransferView::from);
        Answer::ok(&TransferList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Reads a transfer of an item.
///
/// # Errors
/// As the contract says.
pub async fn get_transfer(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        show(service::get_transfer(view, case, id, call.id("transfer_id")?)?)
    })
    .await
}

/// Offers an item to another agency.
///
/// # Errors
/// As the contract says.
pub async fn offer_transfer(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        service::offer(tx, case, id, &call.submission)?.try_map(|row| {
            let path = format!("/api/v1/cases/{case}/evidence/{id}/transfers/{}", row.id);
            let version = row.version;
            Ok(Answer::created(&TransferView::from(row), path)?.version(version))
        })
    })
    .await
}

/// Takes an offered item over.
///
/// # Errors
/// As the contract says.
pub async fn accept_transfer(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        service::accept(tx, case, id, call.id("transfer_id")?, &call.submission)?.try_map(show)
    })
    .await
}

/// Refuses an offered item.
///
/// # Errors
/// As the contract says.
pub async fn refuse_transfer(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        service::refuse(tx, case, id, call.id("transfer_id")?, &call.submission)?.try_map(show)
    })
    .await
}

/// Takes an offer back.
///
/// # Errors
/// As the contract says.
pub async fn cancel_transfer(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        service::cancel(tx, case, id, call.id("transfer_id")?, &call.submission)?.try_map(show)
    })
    .await
}

/// Reads the line of custody of an item.
///
/// # Errors
/// As the contract says.
pub async fn get_custody(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let line = service::custody(view, call.id("case_id")?, call.id("evidence_id")?)?;
        Answer::ok(&CustodyLine { items: line.into_iter().map(Into::into).collect() })
    })
    .await
}
