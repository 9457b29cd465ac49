//! Queries over transfers of custody.

use diesel::prelude::*;

use crate::access::{Act, MemberRole, MemberStatus, Permit, act};
use crate::clock::Instant;
use crate::db::schema::{case_members, evidence, evidence_transfers};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, EvidenceId, TransferId, UserId};
use crate::quantity::Quantity;

use super::EvidenceRow;
use crate::cases::evidence::model::TransferStatus;

/// A transfer's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence_transfers, treat_none_as_default_value = false)]
pub struct TransferRow {
    /// The transfer.
    pub id: TransferId,
    /// The item.
    pub evidence_id: EvidenceId,
    /// Its case.
    pub case_id: CaseId,
    /// The releasing agency.
    pub from_agency_id: AgencyId,
    /// The receiving agency.
    pub to_agency_id: AgencyId,
    /// Where it changes hands.
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
    pub weight: Option<Json<Quantity>>,
    /// Where the transfer stands.
    pub status: TransferStatus,
    /// Who offered it.
    pub offered_by: UserId,
    /// When it was offered.
    pub offered_at: Instant,
    /// When it left the releaser's hands, where that was told.
    pub released_at: Option<Instant>,
    /// Who accepted, refused or cancelled.
    pub decided_by: Option<UserId>,
    /// When that was.
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
    pub weight_received: Option<Json<Quantity>>,
    /// Where the receiver keeps it.
    pub storage_place_received: Option<String>,
    /// Why it was refused or cancelled.
    pub reason: Option<String>,
    /// Counts the changes of this row.
    pub version: i64,
}

/// To whom an item of the case is offered.
///
/// # Errors
/// When the database fails.
pub fn offered_to<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    evidence: EvidenceId,
) -> Result<Option<AgencyId>> {
    evidence_transfers::table
        .filter(evidence_transfers::evidence_id.eq(evidence))
        .filter(evidence_transfers::case_id.eq(permit.case()?))
        .filter(evidence_transfers::status.eq(TransferStatus::Offered))
        .select(evidence_transfers::to_agency_id)
        .maybe(view)
}

/// To whom a transfer of an item was offered, for the facts that access rests on.
///
/// # Errors
/// When the database fails.
pub(in crate::cases::evidence) fn receiver(
    view: &mut View<'_>,
    case: CaseId,
    evidence: EvidenceId,
    id: TransferId,
) -> Result<Option<AgencyId>> {
    evidence_transfers::table
        .filter(evidence_transfers::id.eq(id))
        .filter(evidence_transfers::evidence_id.eq(evidence))
        .filter(evidence_transfers::case_id.eq(case))
        .select(evidence_transfers::to_agency_id)
        .maybe(view)
}

/// A transfer of an item of the case.
///
/// # Errors
/// When the database fails.
pub fn find<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    evidence: EvidenceId,
    id: TransferId,
) -> Result<Option<TransferRow>> {
    evidence_transfers::table
        .filter(evidence_transfers::id.eq(id))
        .filter(evidence_transfers::evidence_id.eq(evidence))
        .filter(evidence_transfers::case_id.eq(permit.case()?))
        .select(columns::<TransferRow>())
        .maybe(view)
}

/// A page of the transfers of an item of the case, in the order in which they were offered.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadEvidence>,
    evidence: EvidenceId,
    page: Page,
) -> Result<PageOf<TransferRow>> {
    let after = page.after.map_or(TransferId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = evidence_transfers::table
        .filter(evidence_transfers::evidence_id.eq(evidence))
        .filter(evidence_transfers::case_id.eq(permit.case()?))
        .filter(evidence_transfers::id.gt(after))
        .select(columns::<TransferRow>())
        .order(evidence_transfers::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &TransferRow| Cursor::after_id(row.id)))
}

/// Every accepted transfer of an item of the case: one is open at a time, so that the order of the offers is that of
/// the acceptances.
///
/// # Errors
/// When the database fails.
pub fn accepted(
    view: &mut View<'_>,
    permit: &Permit<act::ReadEvidence>,
    evidence: EvidenceId,
) -> Result<Vec<TransferRow>> {
    evidence_transfers::table
        .filter(evidence_transfers::evidence_id.eq(evidence))
        .filter(evidence_transfers::case_id.eq(permit.case()?))
        .filter(evidence_transfers::status.eq(TransferStatus::Accepted))
        .select(columns::<TransferRow>())
        .order((evidence_transfers::offered_at, evidence_transfers::id))
        .all(view)
}

/// Whether `agency` takes part in the case in a role that may hold items.
///
/// # Errors
/// When the database fails.
pub fn may_hold(
    view: &mut View<'_>,
    permit: &Permit<act::OfferTransfer>,
    agency: AgencyId,
) -> Result<bool> {
    let roles = [MemberRole::Lead, MemberRole::Partner, MemberRole::Coordinator];
    let count: i64 = case_members::table
        .filter(case_members::case_id.eq(permit.case()?))
        .filter(case_members::agency_id.eq(agency))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .filter(case_members::role.eq_any(roles))
        .count()
        .one(view)?;
    Ok(count > 0)
}

/// Inserts a transfer of an item of the case.
///
/// # Errors
/// When the database fails, or a transfer of the item is open.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::OfferTransfer>,
    row: TransferRow,
) -> Result<()> {
    let row = TransferRow { case_id: permit.case()?, ..row };
    diesel::insert_into(evidence_transfers::table).values(row).run(tx)?;
    Ok(())
}

/// Writes the receiver's answer.
///
/// # Errors
/// When the database fails.
pub fn answer(
    tx: &mut Tx<'_>,
    permit: &Permit<act::AnswerTransfer>,
    row: &TransferRow,
) -> Result<()> {
    decide(tx, permit.case()?, row)
}

/// Writes that the releaser took the offer back.
///
/// # Errors
/// When the database fails.
pub fn cancel(
    tx: &mut Tx<'_>,
    permit: &Permit<act::OfferTransfer>,
    row: &TransferRow,
) -> Result<()> {
    decide(tx, permit.case()?, row)
}

fn decide(tx: &mut Tx<'_>, case: CaseId, row: &TransferRow) -> Result<()> {
    let of_case = evidence_transfers::table
        .filter(evidence_transfers::id.eq(row.id))
        .filter(evidence_transfers::case_id.eq(case));
    diesel::update(of_case)
        .set((
            evidence_transfers::status.eq(row.status),
            evidence_transfers::decided_by.eq(row.decided_by),
            evidence_transfers::decided_at.eq(row.decided_at),
            evidence_transfers::received_at.eq(row.received_at),
            evidence_transfers::time_zone_received.eq(&row.time_zone_received),
            evidence_transfers::seal_received.eq(&row.seal_received),
            evidence_transfers::condition_received.eq(&row.condition_received),
            evidence_transfers::weight_received.eq(row.weight_received.clone()),
            evidence_transfers::storage_place_received.eq(&row.storage_place_received),
            evidence_transfers::reason.eq(&row.reason),
            evidence_transfers::version.eq(row.version),
        ))
        .run(tx)?;
    Ok(())
}

/// Writes who holds an item of the case, under which seal and where.
///
/// # Errors
/// When the database fails.
pub fn hand_over(
    tx: &mut Tx<'_>,
    permit: &Permit<act::AnswerTransfer>,
    row: &EvidenceRow,
) -> Result<()> {
    let of_case = evidence::table
        .filter(evidence::id.eq(row.id))
        .filter(evidence::case_id.eq(permit.case()?));
    diesel::update(of_case)
        .set((
            evidence::custodian_agency_id.eq(row.custodian_agency_id),
            evidence::held_since.eq(row.held_since),
            evidence::seal.eq(&row.seal),
            evidence::storage_place.eq(&row.storage_place),
            evidence::version.eq(row.version),
            evidence::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}
