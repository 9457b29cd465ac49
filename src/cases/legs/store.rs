//! Queries over legs, their plans and crossings.

use std::collections::BTreeSet;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::access::{Act, MemberStatus, Permit, act};
use crate::cases::legs::clearance::Load;
use crate::cases::legs::model::{Direction, LegStatus};
use crate::cases::legs::rows::{CrossingRow, DiversionRow, LegPlanRow, LegRow};
use crate::cases::legs::whereabouts::{self, Crossed, Travelled, Whereabouts};
use crate::country::Country;
use crate::db::schema::{
    agencies, case_members, cases, consignments, crossings, leg_diversions, leg_plans, legs,
};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::delivery::Modality;
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, ConsignmentId, CrossingId, LegId};
use crate::quantity::Quantity;

/// Every leg that is on the plan of the case, in the order of the route. There are as many as a person plans.
///
/// # Errors
/// When the database fails.
pub fn all<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<LegRow>> {
    legs::table
        .filter(legs::case_id.eq(permit.case()?))
        .filter(legs::removed_at.is_null())
        .select(columns::<LegRow>())
        .order(legs::sequence)
        .all(view)
}

/// A leg of the case, also one that was taken off the plan.
///
/// # Errors
/// When the database fails.
pub fn find<A: Act>(view: &mut View<'_>, permit: &Permit<A>, id: LegId) -> Result<Option<LegRow>> {
    legs::table
        .filter(legs::id.eq(id))
        .filter(legs::case_id.eq(permit.case()?))
        .select(columns::<LegRow>())
        .maybe(view)
}

/// A leg of the case, for the facts that access rests on.
///
/// # Errors
/// When the database fails.
pub fn owned(view: &mut View<'_>, case: CaseId, id: LegId) -> Result<Option<LegRow>> {
    legs::table
        .filter(legs::id.eq(id))
        .filter(legs::case_id.eq(case))
        .select(columns::<LegRow>())
        .maybe(view)
}

/// The legs of the case that touch `country`, those that were taken off the plan too.
///
/// # Errors
/// When the database fails.
pub fn touching<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    country: Country,
) -> Result<BTreeSet<LegId>> {
    let ids: Vec<LegId> = legs::table
        .filter(legs::case_id.eq(permit.case()?))
        .filter(legs::from_country.eq(country).or(legs::to_country.eq(country)))
        .select(legs::id)
        .all(view)?;
    Ok(ids.into_iter().collect())
}

/// Inserts a leg with its first plan.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, permit: &Permit<act::PlanLeg>, row: &LegRow) -> Result<()> {
    let row = LegRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(legs::table).values(row.clone()).run(tx)?;
    keep_plan(tx, &row, 1)
}

/// Writes the plan of a leg, or that it was taken off, and keeps the plan beside the ones before.
///
/// # Errors
/// When the database fails.
pub fn replan(tx: &mut Tx<'_>, permit: &Permit<act::EditLeg>, row: &LegRow) -> Result<()> {
    diesel::update(legs::table.find(row.id))
        .filter(legs::case_id.eq(permit.case()?))
        .set((
            legs::from_country.eq(row.from_country),
            legs::to_country.eq(row.to_country),
            legs::planned_departure.eq(row.planned_departure),
            legs::planned_arrival.eq(row.planned_arrival),
            legs::plan.eq(row.plan.clone()),
            legs::removed_at.eq(row.removed_at),
            legs::version.eq(row.version),
            legs::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    let kept: i64 = leg_plans::table.filter(leg_plans::leg_id.eq(row.id)).count().one(tx)?;
    keep_plan(tx, row, kept + 1)
}

fn keep_plan(tx: &mut Tx<'_>, row: &LegRow, number: i64) -> Result<()> {
    let officer = tx.context().officer()?;
    let plan = LegPlanRow {
        leg_id: row.id,
        number,
        case_id: row.case_id,
        plan: row.removed_at.is_none().then(|| row.plan.clone()),
        agency_id: officer.agency,
        user_id: officer.user,
        recorded_at: tx.now(),
    };
    diesel::insert_into(leg_plans::table).values(plan).run(tx)?;
    Ok(())
}

/// What moves legs: each of these acts changes how far one has come.
pub trait Moving: Act {}
impl Moving for act::MoveLeg {}
impl Moving for act::ReportTravel {}
impl Moving for act::ChangeCaseState {}
impl Moving for act::DecideRequest {}
impl Moving for act::RecordOralGrant {}
impl Moving for act::ReportControl {}
impl Moving for act::KeepControl {}
impl Moving for act::ProposeHandover {}
impl Moving for act::OfferHandover {}
impl Moving for act::AnswerHandover {}

/// Writes how far a leg has come.
///
/// # Errors
/// When the database fails.
pub fn update_status<A: Moving>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &LegRow) -> Result<()> {
    diesel::update(legs::table.find(row.id))
        .filter(legs::case_id.eq(permit.case()?))
        .set((
            legs::status.eq(row.status),
            legs::when_found.eq(row.when_found),
            legs::started_at.eq(row.started_at),
            legs::ended_at.eq(row.ended_at),
            legs::start_flags.eq(row.start_flags.clone()),
            legs::arrival_flags.eq(row.arrival_flags.clone()),
            legs::version.eq(row.version),
            legs::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// What tells that something is on the move.
pub trait Setting: Act {}
impl Setting for act::MoveLeg {}
impl Setting for act::ReportTravel {}

/// Notes that something was on the move in the case; that is never taken back.
///
/// # Errors
/// When the database fails.
pub fn set_on_the_move<A: Setting>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<()> {
    diesel::update(cases::table.find(permit.case()?))
        .set(cases::was_on_the_move.eq(true))
        .run(tx)?;
    Ok(())
}

/// Records a diversion, behind those that were reported of the leg before.
///
/// # Errors
/// When the database fails.
pub fn divert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportTravel>,
    row: DiversionRow,
) -> Result<()> {
    let before: i64 =
        leg_diversions::table.filter(leg_diversions::leg_id.eq(row.leg_id)).count().one(tx)?;
    let row = DiversionRow { case_id: permit.case()?, number: before + 1, ..row };
    diesel::insert_into(leg_diversions::table).values(row).run(tx)?;
    Ok(())
}

/// A page of the other ways that were reported on a leg, first one first.
///
/// # Errors
/// When the database fails.
pub fn diversions(
    view: &mut View<'_>,
    permit: &Permit<act::ReadRoute>,
    leg: LegId,
    page: Page,
) -> Result<PageOf<DiversionRow>> {
    let rows = leg_diversions::table
        .filter(leg_diversions::leg_id.eq(leg))
        .filter(leg_diversions::case_id.eq(permit.case()?))
        .filter(leg_diversions::number.gt(page.after.map_or(0, Cursor::number)))
        .select(columns::<DiversionRow>())
        .order(leg_diversions::number)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &DiversionRow| Cursor::after_number(row.number)))
}

/// Whether goods of the case were ever reported to have gone another way.
///
/// # Errors
/// When the database fails.
pub fn was_ever_diverted<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<bool> {
    let diversions: i64 = leg_diversions::table
        .filter(leg_diversions::case_id.eq(permit.case()?))
        .count()
        .one(view)?;
    Ok(diversions > 0)
}

/// A page of the plans that a leg has had, first one first.
///
/// # Errors
/// When the database fails.
pub fn plans(
    view: &mut View<'_>,
    permit: &Permit<act::ReadRoute>,
    leg: LegId,
    page: Page,
) -> Result<PageOf<LegPlanRow>> {
    let rows = leg_plans::table
        .filter(leg_plans::leg_id.eq(leg))
        .filter(leg_plans::case_id.eq(permit.case()?))
        .filter(leg_plans::number.gt(page.after.map_or(0, Cursor::number)))
        .select(columns::<LegPlanRow>())
        .order(leg_plans::number)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &LegPlanRow| Cursor::after_number(row.number)))
}

/// Records a crossing.
///
/// # Errors
/// When the database fails.
pub fn report(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportTravel>,
    row: &CrossingRow,
) -> Result<()> {
    let row = CrossingRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(crossings::table).values(row).run(tx)?;
    Ok(())
}

/// A page of the crossings reported on a leg, first one first.
///
/// # Errors
/// When the database fails.
pub fn crossings(
    view: &mut View<'_>,
    permit: &Permit<act::ReadRoute>,
    leg: LegId,
    page: Page,
) -> Result<PageOf<CrossingRow>> {
    let after = page.after.map_or(CrossingId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = crossings::table
        .filter(crossings::leg_id.eq(leg))
        .filter(crossings::case_id.eq(permit.case()?))
        .filter(crossings::id.gt(after))
        .select(columns::<CrossingRow>())
        .order(crossings::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &CrossingRow| Cursor::after_id(row.id)))
}

/// One crossing of a leg.
///
/// # Errors
/// When the database fails.
pub fn crossing<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    leg: LegId,
    id: CrossingId,
) -> Result<Option<CrossingRow>> {
    crossings::table
        .filter(crossings::id.eq(id))
        .filter(crossings::leg_id.eq(leg))
        .filter(crossings::case_id.eq(permit.case()?))
        .select(columns::<CrossingRow>())
        .maybe(view)
}

/// The crossing that corrects `id`, if one does.
///
/// # Errors
/// When the database fails.
pub fn successor<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: CrossingId,
) -> Result<Option<CrossingId>> {
    crossings::table
        .filter(crossings::case_id.eq(permit.case()?))
        .filter(crossings::supersedes_id.eq(id))
        .select(crossings::id)
        .maybe(view)
}

/// Whether somebody has reported, and nobody corrected, that the goods entered `country` on the leg.
///
/// # Errors
/// When the database fails.
pub fn has_entered<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    leg: LegId,
    country: Country,
) -> Result<bool> {
    let corrections = diesel::alias!(crossings as corrections);
    let corrected = corrections
        .filter(corrections.field(crossings::supersedes_id).eq(crossings::id.nullable()));
    let entries: i64 = crossings::table
        .filter(crossings::case_id.eq(permit.case()?))
        .filter(crossings::leg_id.eq(leg))
        .filter(crossings::direction.eq(Direction::Enter))
        .filter(crossings::country.eq(country))
        .filter(not(exists(corrected)))
        .count()
        .one(view)?;
    Ok(entries > 0)
}

/// The country in which the goods of the case are, as [`whereabouts::of`] tells.
///
/// # Errors
/// When the database fails.
pub fn where_goods_are<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Option<Country>> {
    Ok(whereabouts(view, permit)?.country)
}

/// Where the goods of the case are, as [`whereabouts::of`] tells.
///
/// # Errors
/// When the database fails.
pub fn whereabouts<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Whereabouts> {
    let travelled: Vec<Travelled> = all(view, permit)?.iter().map(LegRow::travelled).collect();
    let rows: Vec<CrossingRow> = crossings::table
        .filter(crossings::case_id.eq(permit.case()?))
        .select(columns::<CrossingRow>())
        .order(crossings::id)
        .all(view)?;
    let corrected: BTreeSet<CrossingId> = rows.iter().filter_map(|row| row.supersedes_id).collect();
    let crossed: Vec<Crossed> =
        rows.iter().filter(|row| !corrected.contains(&row.id)).map(CrossingRow::crossed).collect();
    Ok(whereabouts::of(&travelled, &crossed))
}

/// What travels in the case, as far as countries ask.
///
/// # Errors
/// When the database fails.
pub fn loads<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<Load>> {
    type Row = (ConsignmentId, Modality, Json<Quantity>, Option<Json<Quantity>>);
    let rows: Vec<Row> = consignments::table
        .filter(consignments::case_id.eq(permit.case()?))
        .select((
            consignments::id,
            consignments::modality,
            consignments::quantity,
            consignments::live_quantity,
        ))
        .order(consignments::id)
        .all(view)?;
    let load = |(consignment, modality, quantity, live): Row| Load {
        consignment,
        modality,
        quantity: quantity.0,
        live_quantity: live.map(|live| live.0),
    };
    Ok(rows.into_iter().map(load).collect())
}

/// The agencies that take part in the case, with their countries: who may answer for a leg.
///
/// # Errors
/// When the database fails.
pub fn accepted<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
) -> Result<Vec<(AgencyId, Option<Country>)>> {
    case_members::table
        .inner_join(agencies::table.on(agencies::id.eq(case_members::agency_id)))
        .filter(case_members::case_id.eq(permit.case()?))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .select((case_members::agency_id, agencies::country))
        .all(view)
}

/// The legs of the case that are under way, in the order of the route.
///
/// # Errors
/// When the database fails.
pub fn under_way<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<LegRow>> {
    let mut rows = all(view, permit)?;
    rows.retain(|row| LegStatus::is_under_way(row.status));
    Ok(rows)
}
