//! Queries over the reports of States.

use diesel::prelude::*;

use crate::access::{Act, MemberRole, MemberStatus, Permit, act};
use crate::cases::state_reports::model::Seizure;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{agencies, case_members, state_reports};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, StateReportId, UserId};
use crate::quantity::Quantity;

/// A report's row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = state_reports, treat_none_as_default_value = false)]
pub struct StateReportRow {
    /// The report.
    pub id: StateReportId,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that filed it.
    pub agency_id: AgencyId,
    /// The State for which it was filed; none of a regional centre.
    pub country: Option<Country>,
    /// What was done.
    pub summary: String,
    /// What was seized.
    pub seizures: Json<Vec<Seizure>>,
    /// How many people were arrested.
    pub arrests: i32,
    /// Proceeds that were secured.
    pub proceeds: Option<Json<Quantity>>,
    /// What went wrong.
    pub incidents: Option<String>,
    /// What it cost.
    pub costs: Option<Json<Quantity>>,
    /// What to do otherwise.
    pub lessons: Option<String>,
    /// Counts the changes of this row.
    pub version: i64,
    /// Who filed it, or corrected it last.
    pub filed_by: UserId,
    /// When it was filed.
    pub filed_at: Instant,
    /// When it was corrected last.
    pub updated_at: Instant,
}

/// A page of the reports of a case, in the order in which they were filed.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadStateReports>,
    page: Page,
) -> Result<PageOf<StateReportRow>> {
    let after = page.after.map_or(StateReportId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = state_reports::table
        .filter(state_reports::case_id.eq(permit.case()?))
        .filter(state_reports::id.gt(after))
        .select(columns::<StateReportRow>())
        .order(state_reports::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &StateReportRow| Cursor::after_id(row.id)))
}

/// A report of the case.
///
/// # Errors
/// When the database fails.
pub fn find<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: StateReportId,
) -> Result<Option<StateReportRow>> {
    state_reports::table
        .filter(state_reports::id.eq(id))
        .filter(state_reports::case_id.eq(permit.case()?))
        .select(columns::<StateReportRow>())
        .maybe(view)
}

/// Which agency filed a report of the case, for the facts that access rests on.
///
/// # Errors
/// When the database fails.
pub fn filer(view: &mut View<'_>, case: CaseId, id: StateReportId) -> Result<Option<AgencyId>> {
    state_reports::table
        .filter(state_reports::id.eq(id))
        .filter(state_reports::case_id.eq(case))
        .select(state_reports::agency_id)
        .maybe(view)
}

/// Whether `agency`, or another one of its `country`, has filed a report in the case.
///
/// # Errors
/// When the database fails.
pub fn is_filed(
    view: &mut View<'_>,
    permit: &Permit<act::FileStateReport>,
    agency: AgencyId,
    country: Option<Country>,
) -> Result<bool> {
    let filed: Vec<(AgencyId, Option<Country>)> = state_reports::table
        .filter(state_reports::case_id.eq(permit.case()?))
        .select((state_reports::agency_id, state_reports::country))
        .all(view)?;
    Ok(filed.iter().any(|(by, of)| *by == agency || (of.is_some() && *of == country)))
}

/// The States that act on the route and have not filed their report.
///
/// # Errors
/// When the database fails.
pub fn owing<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<Country>> {
    let case = permit.case()?;
    let acting: Vec<Option<Country>> = case_members::table
        .inner_join(agencies::table.on(agencies::id.eq(case_members::agency_id)))
        .filter(case_members::case_id.eq(case))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .filter(
            case_members::role.eq(MemberRole::Lead).or(case_members::role.eq(MemberRole::Partner)),
        )
        .select(agencies::country)
        .all(view)?;
    let filed: Vec<Option<Country>> = state_reports::table
        .filter(state_reports::case_id.eq(case))
        .select(state_reports::country)
        .all(view)?;
    let mut owing: Vec<Country> =
        acting.into_iter().flatten().filter(|country| !filed.contains(&Some(*country))).collect();
    owing.sort_unstable();
    owing.dedup();
    Ok(owing)
}

/// Inserts a report of the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::FileStateReport>,
    row: StateReportRow,
) -> Result<()> {
    let row = StateReportRow { case_id: permit.case()?, ..row };
    diesel::insert_into(state_reports::table).values(row).run(tx)?;
    Ok(())
}

/// Writes a corrected report of the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<act::CorrectStateReport>,
    row: &StateReportRow,
) -> Result<()> {
    diesel::update(state_reports::table.find(row.id))
        .filter(state_reports::case_id.eq(permit.case()?))
        .set((
            state_reports::summary.eq(&row.summary),
            state_reports::seizures.eq(&row.seizures),
            state_reports::arrests.eq(row.arrests),
            state_reports::proceeds.eq(&row.proceeds),
            state_reports::incidents.eq(&row.incidents),
            state_reports::costs.eq(&row.costs),
            state_reports::lessons.eq(&row.lessons),
            state_reports::version.eq(row.version),
            state_reports::filed_by.eq(row.filed_by),
            state_reports::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}
