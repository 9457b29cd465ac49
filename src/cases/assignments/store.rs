//! Queries over assignments.

use diesel::prelude::*;

use crate::access::{Act, Permit, RoleSet, act};
use crate::clock::Instant;
use crate::db::schema::{case_assignments, users};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, UserId};

/// An assignment's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_assignments)]
pub struct AssignmentRow {
    /// The case.
    pub case_id: CaseId,
    /// The officer.
    pub user_id: UserId,
    /// The officer's agency.
    pub agency_id: AgencyId,
    /// Who assigned him or her.
    pub assigned_by: UserId,
    /// When.
    pub assigned_at: Instant,
}

/// Assigns whoever opened the case.
///
/// # Errors
/// When the database fails.
pub fn insert_first(
    tx: &mut Tx<'_>,
    _: &Permit<act::CreateCase>,
    case: CaseId,
    user: UserId,
    agency: AgencyId,
) -> Result<()> {
    first(tx, case, user, agency)
}

/// Assigns an officer to a case that was worked before this server.
///
/// # Errors
/// When the database fails.
pub fn insert_imported(
    tx: &mut Tx<'_>,
    _: &Permit<act::ImportCase>,
    case: CaseId,
    user: UserId,
    agency: AgencyId,
) -> Result<()> {
    first(tx, case, user, agency)
}

fn first(tx: &mut Tx<'_>, case: CaseId, user: UserId, agency: AgencyId) -> Result<()> {
    let row = AssignmentRow {
        case_id: case,
        user_id: user,
        agency_id: agency,
        assigned_by: user,
        assigned_at: tx.now(),
    };
    diesel::insert_into(case_assignments::table).values(row).run(tx)?;
    Ok(())
}

/// Assigns whoever accepted an invitation.
///
/// # Errors
/// When the database fails.
pub fn insert_accepting(
    tx: &mut Tx<'_>,
    permit: &Permit<act::AnswerInvitation>,
    row: &AssignmentRow,
) -> Result<()> {
    insert_new(tx, permit, row)?;
    Ok(())
}

/// Assigns an officer who has decided in the case, which only the assigned see from now on; tells whether he or she was
/// not before.
///
/// # Errors
/// When the database fails.
pub fn insert_decider(
    tx: &mut Tx<'_>,
    permit: &Permit<act::EditCase>,
    row: &AssignmentRow,
) -> Result<bool> {
    insert_new(tx, permit, row)
}

/// Assigns an officer to the case that the permit is for; tells whether he or she was not before.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::AssignOfficers>,
    row: &AssignmentRow,
) -> Result<bool> {
    insert_new(tx, permit, row)
}

fn insert_new<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &AssignmentRow) -> Result<bool> {
    let row = AssignmentRow { case_id: permit.case()?, ..row.clone() };
    let count = diesel::insert_into(case_assignments::table)
        .values(row)
        .on_conflict_do_nothing()
        .run(tx)?;
    Ok(count > 0)
}

/// Ends an assignment of the agency's own officer; tells whether there was one.
///
/// # Errors
/// When the database fails.
pub fn delete(
    tx: &mut Tx<'_>,
    permit: &Permit<act::AssignOfficers>,
    user: UserId,
    agency: AgencyId,
) -> Result<bool> {
    let own = case_assignments::table
        .filter(case_assignments::case_id.eq(permit.case()?))
        .filter(case_assignments::user_id.eq(user))
        .filter(case_assignments::agency_id.eq(agency));
    Ok(diesel::delete(own).run(tx)? > 0)
}

/// A page of the agency's own assignments to a case.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadAssignments>,
    agency: AgencyId,
    page: Page,
) -> Result<PageOf<AssignmentRow>> {
    let after = page.after.map_or(UserId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = case_assignments::table
        .filter(case_assignments::case_id.eq(permit.case()?))
        .filter(case_assignments::agency_id.eq(agency))
        .filter(case_assignments::user_id.gt(after))
        .select(columns::<AssignmentRow>())
        .order(case_assignments::user_id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &AssignmentRow| Cursor::after_id(row.user_id)))
}

/// How many of the agency's own officers are assigned.
///
/// # Errors
/// When the database fails.
pub fn count(
    view: &mut View<'_>,
    permit: &Permit<act::AssignOfficers>,
    agency: AgencyId,
) -> Result<i64> {
    case_assignments::table
        .filter(case_assignments::case_id.eq(permit.case()?))
        .filter(case_assignments::agency_id.eq(agency))
        .count()
        .one(view)
}

/// One of the agency's own assignments to a case.
///
/// # Errors
/// When the database fails.
pub fn find(
    view: &mut View<'_>,
    permit: &Permit<act::ReadAssignments>,
    agency: AgencyId,
    user: UserId,
) -> Result<Option<AssignmentRow>> {
    case_assignments::table
        .filter(case_assignments::case_id.eq(permit.case()?))
        .filter(case_assignments::agency_id.eq(agency))
        .filter(case_assignments::user_id.eq(user))
        .select(columns::<AssignmentRow>())
        .maybe(view)
}

/// The roles of the agency's own user, if it has one with this id.
///
/// # Errors
/// When the database fails.
pub fn own_user(
    view: &mut View<'_>,
    _: &Permit<act::AssignOfficers>,
    agency: AgencyId,
    user: UserId,
) -> Result<Option<RoleSet>> {
    let roles: Option<Json<RoleSet>> = users::table
        .filter(users::id.eq(user))
        .filter(users::agency_id.eq(agency))
        .filter(users::status.ne("deactivated"))
        .select(users::roles)
        .maybe(view)?;
    Ok(roles.map(|Json(roles)| roles))
}

/// Those of some agencies who are assigned to the case, with their roles; accounts that are in effect.
///
/// # Errors
/// When the database fails.
pub fn assigned_of(
    view: &mut View<'_>,
    permit: &Permit<act::EditCase>,
    agencies: &[AgencyId],
) -> Result<Vec<(AgencyId, RoleSet)>> {
    let rows: Vec<(AgencyId, Json<RoleSet>)> = case_assignments::table
        .inner_join(users::table.on(users::id.eq(case_assignments::user_id)))
        .filter(case_assignments::case_id.eq(permit.case()?))
        .filter(case_assignments::agency_id.eq_any(agencies))
        .filter(users::status.eq("active"))
        .select((case_assignments::agency_id, users::roles))
        .all(view)?;
    Ok(rows.into_iter().map(|(agency, Json(roles))| (agency, roles)).collect())
}

/// Those of some users whose accounts are in effect and belong to the agency.
///
/// # Errors
/// When the database fails.
pub fn in_effect(
    view: &mut View<'_>,
    _: &Permit<act::EditCase>,
    agency: AgencyId,
    some: Vec<UserId>,
) -> Result<Vec<UserId>> {
    users::table
        .filter(users::id.eq_any(some))
        .filter(users::agency_id.eq(agency))
        .filter(users::status.eq("active"))
        .select(users::id)
        .order(users::id)
        .all(view)
}
