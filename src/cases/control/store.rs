//! Queries over periods of control, reports and handovers.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::access::{Act, MemberRole, MemberStatus, Permit, act};
use crate::cases::control::rows::{ControlReportRow, HandoverRow, PeriodRow};
use crate::country::Country;
use crate::db::schema::{
    agencies, case_members, consignments, control_periods, control_reports, handovers,
};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, ConsignmentId, HandoverId};
use crate::quantity::Quantity;

/// What begins, changes or ends control.
pub trait Controlling: Act {}
impl Controlling for act::KeepControl {}
impl Controlling for act::ReportControl {}
impl Controlling for act::AnswerHandover {}

/// What changes handovers.
pub trait HandingOver: Act {}
impl HandingOver for act::ProposeHandover {}
impl HandingOver for act::OfferHandover {}
impl HandingOver for act::AnswerHandover {}
impl HandingOver for act::KeepControl {}
impl HandingOver for act::ReportControl {}

/// The quantity of a consignment of the case; nothing where there is none with this id.
///
/// # Errors
/// When the database fails.
pub fn quantity<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Option<Quantity>> {
    let found: Option<Json<Quantity>> = consignments::table
        .filter(consignments::id.eq(consignment))
        .filter(consignments::case_id.eq(permit.case()?))
        .select(consignments::quantity)
        .maybe(view)?;
    Ok(found.map(|quantity| quantity.0))
}

/// The consignments of the case, in the order in which they were added.
///
/// # Errors
/// When the database fails.
pub fn consignments<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<ConsignmentId>> {
    consignments::table
        .filter(consignments::case_id.eq(permit.case()?))
        .select(consignments::id)
        .order(consignments::id)
        .all(view)
}

/// Every period of control in the case, by consignment, first one first.
///
/// # Errors
/// When the database fails.
pub fn periods<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
) -> Result<BTreeMap<ConsignmentId, Vec<PeriodRow>>> {
    let rows: Vec<PeriodRow> = control_periods::table
        .filter(control_periods::case_id.eq(permit.case()?))
        .select(columns::<PeriodRow>())
        .order((control_periods::consignment_id, control_periods::number))
        .all(view)?;
    let mut by_consignment: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows {
        by_consignment.entry(row.consignment_id).or_default().push(row);
    }
    Ok(by_consignment)
}

/// Every report of loss and recovery in the case, by consignment, first one first.
///
/// # Errors
/// When the database fails.
pub fn reports<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
) -> Result<BTreeMap<ConsignmentId, Vec<ControlReportRow>>> {
    let rows: Vec<ControlReportRow> = control_reports::table
        .filter(control_reports::case_id.eq(permit.case()?))
        .select(columns::<ControlReportRow>())
        .order((control_reports::consignment_id, control_reports::number))
        .all(view)?;
    let mut by_consignment: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows {
        by_consignment.entry(row.consignment_id).or_default().push(row);
    }
    Ok(by_consignment)
}

/// The last period of control of a consignment.
///
/// # Errors
/// When the database fails.
pub fn last<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Option<PeriodRow>> {
    let rows: Vec<PeriodRow> = control_periods::table
        .filter(control_periods::consignment_id.eq(consignment))
        .filter(control_periods::case_id.eq(permit.case()?))
        .select(columns::<PeriodRow>())
        .order(control_periods::number.desc())
        .limit(1)
        .all(view)?;
    Ok(rows.into_iter().next())
}

/// Who is in control of something in the case: the consignment, the agency and its country.
///
/// # Errors
/// When the database fails.
pub fn holders<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
) -> Result<Vec<(ConsignmentId, AgencyId, Option<Country>)>> {
    control_periods::table
        .inner_join(agencies::table.on(agencies::id.eq(control_periods::agency_id)))
        .filter(control_periods::case_id.eq(permit.case()?))
        .filter(control_periods::ended_at.is_null())
        .select((control_periods::consignment_id, control_periods::agency_id, agencies::country))
        .order(control_periods::consignment_id)
        .all(view)
}

/// Whether anybody was ever in control of goods of the case.
///
/// # Errors
/// When the database fails.
pub fn was_ever_held<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<bool> {
    let periods: i64 = control_periods::table
        .filter(control_periods::case_id.eq(permit.case()?))
        .count()
        .one(view)?;
    Ok(periods > 0)
}

/// Whether nobody knows where some goods of the case are of which somebody is in control.
///
/// # Errors
/// When the database fails.
pub fn is_anything_lost<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<bool> {
    let lost: i64 = control_periods::table
        .filter(control_periods::case_id.eq(permit.case()?))
        .filter(control_periods::ended_at.is_null())
        .filter(control_periods::lost_at.is_not_null())
        .count()
        .one(view)?;
    Ok(lost > 0)
}

/// Begins a period of control.
///
/// # Errors
/// When the database fails, as it does where another period is open.
pub fn begin<A: Controlling>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &PeriodRow) -> Result<()> {
    let row = PeriodRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(control_periods::table).values(row).run(tx)?;
    Ok(())
}

/// Writes the end of a period, or that the goods are lost or found.
///
/// # Errors
/// When the database fails.
pub fn update<A: Controlling>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &PeriodRow) -> Result<()> {
    diesel::update(control_periods::table.find((row.consignment_id, row.number)))
        .filter(control_periods::case_id.eq(permit.case()?))
        .set((
            control_periods::lost_at.eq(row.lost_at),
            control_periods::ended_how.eq(row.ended_how),
            control_periods::ended_at.eq(row.ended_at),
            control_periods::ended_place.eq(&row.ended_place),
            control_periods::ended_time_zone.eq(&row.ended_time_zone),
            control_periods::ended_flags.eq(row.ended_flags.clone()),
            control_periods::ended_by.eq(row.ended_by),
        ))
        .run(tx)?;
    Ok(())
}

/// Records a loss or a recovery, behind what was reported before.
///
/// # Errors
/// When the database fails.
pub fn report(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportControl>,
    row: &ControlReportRow,
) -> Result<()> {
    let before: i64 = control_reports::table
        .filter(control_reports::consignment_id.eq(row.consignment_id))
        .count()
        .one(tx)?;
    let row = ControlReportRow { case_id: permit.case()?, number: before + 1, ..row.clone() };
    diesel::insert_into(control_reports::table).values(row).run(tx)?;
    Ok(())
}

/// A page of the handovers of a case, first one first.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
    page: Page,
) -> Result<PageOf<HandoverRow>> {
    let after = page.after.map_or(HandoverId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = handovers::table
        .filter(handovers::case_id.eq(permit.case()?))
        .filter(handovers::id.gt(after))
        .select(columns::<HandoverRow>())
        .order(handovers::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &HandoverRow| Cursor::after_id(row.id)))
}

/// A handover of the case, for the facts that access rests on and for reading it.
///
/// # Errors
/// When the database fails.
pub fn handover(view: &mut View<'_>, case: CaseId, id: HandoverId) -> Result<Option<HandoverRow>> {
    handovers::table
        .filter(handovers::id.eq(id))
        .filter(handovers::case_id.eq(case))
        .select(columns::<HandoverRow>())
        .maybe(view)
}

/// The handover of a consignment that is not ended in the database.
///
/// # Errors
/// When the database fails.
pub fn open<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Option<HandoverRow>> {
    handovers::table
        .filter(handovers::consignment_id.eq(consignment))
        .filter(handovers::case_id.eq(permit.case()?))
        .filter(handovers::open.eq(true))
        .select(columns::<HandoverRow>())
        .maybe(view)
}

/// Every handover of the case that is not ended in the database.
///
/// # Errors
/// When the database fails.
pub fn all_open<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<HandoverRow>> {
    handovers::table
        .filter(handovers::case_id.eq(permit.case()?))
        .filter(handovers::open.eq(true))
        .select(columns::<HandoverRow>())
        .order(handovers::id)
        .all(view)
}

/// Inserts a handover.
///
/// # Errors
/// When the database fails, as it does where another one of the consignment is open.
pub fn insert<A: HandingOver>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &HandoverRow,
) -> Result<()> {
    let row = HandoverRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(handovers::table).values(row).run(tx)?;
    Ok(())
}

/// Writes a handover.
///
/// # Errors
/// When the database fails.
pub fn write<A: HandingOver>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &HandoverRow) -> Result<()> {
    diesel::update(handovers::table.find(row.id))
        .filter(handovers::case_id.eq(permit.case()?))
        .set((
            handovers::status.eq(row.status),
            handovers::open.eq(row.open),
            handovers::agreed_by.eq(row.agreed_by),
            handovers::agreed_at.eq(row.agreed_at),
            handovers::offered_by.eq(row.offered_by),
            handovers::offered_at.eq(row.offered_at),
            handovers::ended_by.eq(row.ended_by),
            handovers::ended_at.eq(row.ended_at),
            handovers::occurred_at.eq(row.occurred_at),
            handovers::received_time_zone.eq(&row.received_time_zone),
            handovers::quantity.eq(row.quantity.clone()),
            handovers::condition.eq(&row.condition),
            handovers::received_seals.eq(row.received_seals.clone()),
            handovers::flags.eq(row.flags.clone()),
            handovers::reason.eq(&row.reason),
            handovers::version.eq(row.version),
            handovers::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// The country of an agency that acts on the route of the case; nothing where it does not.
///
/// # Errors
/// When the database fails.
pub fn acting<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
) -> Result<Option<Option<Country>>> {
    case_members::table
        .inner_join(agencies::table.on(agencies::id.eq(case_members::agency_id)))
        .filter(case_members::case_id.eq(permit.case()?))
        .filter(case_members::agency_id.eq(agency))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .filter(
            case_members::role.eq(MemberRole::Lead).or(case_members::role.eq(MemberRole::Partner)),
        )
        .select(agencies::country)
        .maybe(view)
}
