//! Queries over reported quantities.

use diesel::prelude::*;

use crate::access::{Act, Permit, act};
use crate::cases::balance::model::{Initial, Told};
use crate::cases::balance::rows::QuantityReportRow;
use crate::cases::case::model::{Measured, Modality};
use crate::db::schema::{consignments, evidence_audience, quantity_reports};
use crate::db::types::Json;
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, ConsignmentId, EvidenceId};
use crate::quantity::Quantity;

/// What tells of quantities.
pub trait Telling: Act {}
impl Telling for act::ReportControl {}
impl Telling for act::KeepControl {}

/// What there was of a consignment of the case at first, and what of it travels on; nothing where there is none with this
/// id.
///
/// # Errors
/// When the database fails.
pub fn initial<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Option<(Initial, Modality)>> {
    let found: Option<(Json<Quantity>, Measured, Modality)> = consignments::table
        .filter(consignments::id.eq(consignment))
        .filter(consignments::case_id.eq(permit.case()?))
        .select((consignments::quantity, consignments::measured, consignments::modality))
        .maybe(view)?;
    Ok(found.map(|(quantity, measured, modality)| {
        (Initial { quantity: quantity.0, measured }, modality)
    }))
}

/// The agency that added a consignment of the case; nothing where there is none with this id.
///
/// # Errors
/// When the database fails.
pub fn added_by<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Option<AgencyId>> {
    consignments::table
        .filter(consignments::id.eq(consignment))
        .filter(consignments::case_id.eq(permit.case()?))
        .select(consignments::agency_id)
        .maybe(view)
}

/// Writes how much of a consignment there was at first.
///
/// # Errors
/// When the database fails.
pub fn restate<A: Telling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
    told: Told,
) -> Result<()> {
    let now = tx.now();
    let of_case = consignments::table
        .filter(consignments::id.eq(consignment))
        .filter(consignments::case_id.eq(permit.case()?));
    diesel::update(of_case)
        .set((
            consignments::quantity.eq(Json(told.quantity)),
            consignments::measured.eq(told.measured),
            consignments::version.eq(consignments::version + 1),
            consignments::updated_at.eq(now),
        ))
        .run(tx)?;
    Ok(())
}

/// Every report of a consignment, first one first.
///
/// # Errors
/// When the database fails.
pub fn reports<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Vec<QuantityReportRow>> {
    quantity_reports::table
        .filter(quantity_reports::case_id.eq(permit.case()?))
        .filter(quantity_reports::consignment_id.eq(consignment))
        .select(columns::<QuantityReportRow>())
        .order(quantity_reports::number)
        .all(view)
}

/// Records a report.
///
/// # Errors
/// When the database fails.
pub fn insert<A: Telling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &QuantityReportRow,
) -> Result<()> {
    let row = QuantityReportRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(quantity_reports::table).values(row).run(tx)?;
    Ok(())
}

/// Those of some items of evidence of the case that are shown to `agency`.
///
/// # Errors
/// When the database fails.
pub fn shown<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
    items: &[EvidenceId],
) -> Result<Vec<EvidenceId>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    evidence_audience::table
        .filter(evidence_audience::case_id.eq(permit.case()?))
        .filter(evidence_audience::agency_id.eq(agency))
        .filter(evidence_audience::evidence_id.eq_any(items))
        .select(evidence_audience::evidence_id)
        .all(view)
}
