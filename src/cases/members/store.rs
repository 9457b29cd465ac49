//! Queries over memberships.

use diesel::prelude::*;

use crate::access::{Act, MemberRole, MemberStatus, Permit, act};
use crate::agency::AgencyKind;
use crate::clock::Instant;
use crate::db::schema::{agencies, case_assignments, case_members};
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, UserId};

/// A membership's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_members, treat_none_as_default_value = false)]
pub struct MemberRow {
    /// The case.
    pub case_id: CaseId,
    /// The agency.
    pub agency_id: AgencyId,
    /// As what it takes part.
    pub role: MemberRole,
    /// How far the membership has come.
    pub status: MemberStatus,
    /// Who invited it.
    pub invited_by: Option<UserId>,
    /// When it was invited, or opened the case.
    pub invited_at: Instant,
    /// When it answered.
    pub responded_at: Option<Instant>,
    /// When it left or was removed.
    pub ended_at: Option<Instant>,
    /// Why it declined, left or was removed.
    pub reason: Option<String>,
    /// Counts the changes of this row.
    pub version: i64,
}

/// Inserts the lead of a new case.
///
/// # Errors
/// When the database fails.
pub fn insert_lead(
    tx: &mut Tx<'_>,
    _: &Permit<act::CreateCase>,
    case: CaseId,
    agency: AgencyId,
) -> Result<()> {
    lead(tx, case, agency)
}

/// Inserts the lead of a case that was worked before this server.
///
/// # Errors
/// When the database fails.
pub fn insert_imported_lead(
    tx: &mut Tx<'_>,
    _: &Permit<act::ImportCase>,
    case: CaseId,
    agency: AgencyId,
) -> Result<()> {
    lead(tx, case, agency)
}

fn lead(tx: &mut Tx<'_>, case: CaseId, agency: AgencyId) -> Result<()> {
    let now = tx.now();
    let row = MemberRow {
        case_id: case,
        agency_id: agency,
        role: MemberRole::Lead,
        status: MemberStatus::Accepted,
        invited_by: None,
        invited_at: now,
        responded_at: Some(now),
        ended_at: None,
        reason: None,
        version: 1,
    };
    insert(tx, row)
}

/// Inserts an invitation to the case that the permit is for, or renews an ended membership.
///
/// # Errors
/// When the database fails.
pub fn invite(
    tx: &mut Tx<'_>,
    permit: &Permit<act::InviteMember>,
    row: &MemberRow,
    former: bool,
) -> Result<()> {
    let row = MemberRow { case_id: permit.case()?, ..row.clone() };
    if former { update(tx, permit, &row) } else { insert(tx, row) }
}

/// Inserts the membership of an agency that is asked to authorise something in the case that the permit is for, or renews
/// one that has ended.
///
/// # Errors
/// When the database fails.
pub fn ask_authority(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PursueRequest>,
    row: &MemberRow,
    former: bool,
) -> Result<()> {
    if former { update(tx, permit, row) } else { insert(tx, row.clone()) }
}

fn insert(tx: &mut Tx<'_>, row: MemberRow) -> Result<()> {
    diesel::insert_into(case_members::table).values(row).run(tx)?;
    Ok(())
}

/// Writes a membership of the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &MemberRow) -> Result<()> {
    diesel::update(case_members::table.find((row.agency_id, permit.case()?)))
        .set((
            case_members::role.eq(row.role),
            case_members::status.eq(row.status),
            case_members::invited_by.eq(row.invited_by),
            case_members::invited_at.eq(row.invited_at),
            case_members::responded_at.eq(row.responded_at),
            case_members::ended_at.eq(row.ended_at),
            case_members::reason.eq(&row.reason),
            case_members::version.eq(row.version),
        ))
        .run(tx)?;
    Ok(())
}

/// Ends all assignments of an agency that no longer takes part.
///
/// # Errors
/// When the database fails.
pub fn end_assignments<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
) -> Result<()> {
    let gone = case_assignments::table
        .filter(case_assignments::case_id.eq(permit.case()?))
        .filter(case_assignments::agency_id.eq(agency));
    diesel::delete(gone).run(tx)?;
    Ok(())
}

/// One membership of the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn find<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
) -> Result<Option<MemberRow>> {
    case_members::table.find((agency, permit.case()?)).select(columns::<MemberRow>()).maybe(view)
}

/// A page of the memberships of a case.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadMembers>,
    page: Page,
) -> Result<PageOf<MemberRow>> {
    let after = page.after.map_or(AgencyId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = case_members::table
        .filter(case_members::case_id.eq(permit.case()?))
        .filter(case_members::agency_id.gt(after))
        .select(columns::<MemberRow>())
        .order(case_members::agency_id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &MemberRow| Cursor::after_id(row.agency_id)))
}

/// What an agency is, if there is one with this id.
///
/// # Errors
/// When the database fails.
pub fn agency_kind(
    view: &mut View<'_>,
    _: &Permit<act::InviteMember>,
    agency: AgencyId,
) -> Result<Option<AgencyKind>> {
    agencies::table.find(agency).select(agencies::kind).maybe(view)
}

/// Whether a regional centre takes part as coordinator.
///
/// # Errors
/// When the database fails.
pub fn has_coordinator<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<bool> {
    let count: i64 = case_members::table
        .filter(case_members::case_id.eq(permit.case()?))
        .filter(case_members::role.eq(MemberRole::Coordinator))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .count()
        .one(view)?;
    Ok(count > 0)
}
