//! Use cases: list, assign, end.

use crate::access::{Role, act};
use crate::cases::assignments::api::AssignmentInput;
use crate::cases::assignments::store::{self, AssignmentRow};
use crate::cases::standing;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Result, codes};
use crate::ids::{CaseId, UserId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// Lists which of the caller's own agency's officers are assigned.
///
/// # Errors
/// Not found where the caller may not read it.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<AssignmentRow>> {
    let seen = standing::see::<act::ReadAssignments>(view, case)?;
    let agency = view.context().officer()?.agency;
    store::list(view, &seen.permit, agency, page()?)
}

/// Reads one assignment of the caller's own agency.
///
/// # Errors
/// Not found where it is missing or the caller may not read it.
pub fn get(view: &mut View<'_>, case: CaseId, user: UserId) -> Result<AssignmentRow> {
    let seen = standing::see::<act::ReadAssignments>(view, case)?;
    let agency = view.context().officer()?.agency;
    store::find(view, &seen.permit, agency, user)?.ok_or_else(Error::not_found)
}

/// Assigns one of the caller's own agency's officers.
///
/// # Errors
/// Not found, forbidden, or invalid where the agency has no such officer.
pub fn assign(
    tx: &mut Tx<'_>,
    case: CaseId,
    submission: &Submission,
) -> Result<Change<AssignmentRow>> {
    let seen = standing::take::<act::AssignOfficers>(tx, case)?;
    let input: AssignmentInput = submission.read()?;
    let officer = tx.context().officer()?;
    let mut faults = Faults::new();
    let user = input.user_id.required(&mut faults, "/user_id");
    let roles = match user {
        Some(user) => store::own_user(tx, &seen.permit, officer.agency, user)?,
        None => None,
    };
    if user.is_some()
        && !roles.is_some_and(|roles| roles.is_operational() || roles.has(Role::Auditor))
    {
        faults.add("/user_id", "expected an active officer or auditor of your own agency");
    }
    faults.finish()?;
    let user = user.ok_or_else(Error::not_found)?;
    let row = AssignmentRow {
        case_id: case,
        user_id: user,
        agency_id: officer.agency,
        assigned_by: officer.user,
        assigned_at: tx.now(),
    };
    if store::insert(tx, &seen.permit, &row)? {
        let event = Event::in_case(case, Deed::OfficerAssigned, SubjectKind::Assignment, user);
        Ok(Change::by(row, event))
    } else {
        Ok(Change::Unchanged(row))
    }
}

/// Ends an assignment of one of the caller's own agency's officers.
///
/// # Errors
/// Not found or forbidden.
pub fn end(tx: &mut Tx<'_>, case: CaseId, user: UserId) -> Result<Change<()>> {
    let seen = standing::take::<act::AssignOfficers>(tx, case)?;
    let agency = tx.context().officer()?.agency;
    if !store::delete(tx, &seen.permit, user, agency)? {
        return Err(Error::not_found());
    }
    if store::count(tx, &seen.permit, agency)? == 0 {
        // A restricted case would be out of everybody's sight.
        let detail = "The agency's last assigned officer stays until another one is assigned.";
        return Err(Error::new(&codes::STATE, detail));
    }
    Ok(Change::by((), Event::in_case(case, Deed::OfficerUnassigned, SubjectKind::Assignment, user)))
}
