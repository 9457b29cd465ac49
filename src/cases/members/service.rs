//! Use cases: invite, answer, leave, remove.

use crate::access::{Act, MemberRole, MemberStatus, Permit, act};
use crate::cases::assignments::store::{self as assignments, AssignmentRow};
use crate::cases::authorisations::store as authorisations;
use crate::cases::control::store as control;
use crate::cases::members::api::{AnswerInput, InvitationInput, RemovalInput};
use crate::cases::members::model::{self, Member};
use crate::cases::members::store::{self, MemberRow};
use crate::cases::reason::Reason;
use crate::cases::standing::{self, Seen};
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Result};
use crate::ids::{AgencyId, CaseId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// Lists who takes part in a case, took part or was asked to.
///
/// # Errors
/// Not found where the caller may not read it.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<MemberRow>> {
    let seen = standing::see::<act::ReadMembers>(view, case)?;
    store::list(view, &seen.permit, page()?)
}

/// Reads one membership.
///
/// # Errors
/// Not found where it is missing or the caller may not read it.
pub fn get(view: &mut View<'_>, case: CaseId, agency: AgencyId) -> Result<MemberRow> {
    let seen = standing::see::<act::ReadMembers>(view, case)?;
    store::find(view, &seen.permit, agency)?.ok_or_else(Error::not_found)
}

/// Invites an agency.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named, or refused where it is a member already.
pub fn invite(tx: &mut Tx<'_>, case: CaseId, submission: &Submission) -> Result<Change<MemberRow>> {
    let seen = standing::take::<act::InviteMember>(tx, case)?;
    let input: InvitationInput = submission.read()?;
    let mut faults = Faults::new();
    let agency = input.agency_id.required(&mut faults, "/agency_id");
    let role = input.role.required(&mut faults, "/role");
    if let Some(agency) = agency {
        match (store::agency_kind(tx, &seen.permit, agency)?, role) {
            (None, _) => faults.add("/agency_id", "there is no such agency"),
            (Some(kind), Some(role)) => {
                faults.take("/role", model::check_invitation(role, kind));
            }
            (Some(_), None) => {}
        }
    }
    let (Some(agency), Some(role)) = (agency, role) else {
        return Err(faults.finish().err().unwrap_or_else(Error::not_found));
    };
    faults.finish()?;
    let former = store::find(tx, &seen.permit, agency)?;
    let status = model::invite(former.as_ref().map(|row| row.status))?;
    let row = MemberRow {
        case_id: case,
        agency_id: agency,
        role,
        status,
        invited_by: Some(tx.context().officer()?.user),
        invited_at: tx.now(),
        responded_at: None,
        ended_at: None,
        reason: None,
        version: former.as_ref().map_or(1, |row| row.version + 1),
    };
    store::invite(tx, &seen.permit, &row, former.is_some())?;
    let event = Event::in_case(case, Deed::MemberInvited, SubjectKind::Member, agency);
    Ok(Change::by(row, event.with("role", role)))
}

/// Accepts for the caller's own agency; the caller is assigned.
///
/// # Errors
/// Not found, forbidden, or refused where nothing is to be accepted.
pub fn accept(tx: &mut Tx<'_>, case: CaseId, agency: AgencyId) -> Result<Change<MemberRow>> {
    let (seen, mut row) = own::<act::AnswerInvitation>(tx, case, agency)?;
    let officer = tx.context().officer()?;
    row.status = model::accept(facts(&row))?;
    row.responded_at = Some(tx.now());
    row.version += 1;
    store::update(tx, &seen.permit, &row)?;
    let assignment = AssignmentRow {
        case_id: case,
        user_id: officer.user,
        agency_id: agency,
        assigned_by: officer.user,
        assigned_at: tx.now(),
    };
    assignments::insert_accepting(tx, &seen.permit, &assignment)?;
    let events = vec![
        Event::in_case(case, Deed::MemberAccepted, SubjectKind::Member, agency),
        Event::in_case(case, Deed::OfficerAssigned, SubjectKind::Assignment, officer.user),
    ];
    Ok(Change::by_all(row, events))
}

/// Lets `agency`, which is asked to authorise something, take part as an authority unless it takes part already. Where only
/// assigned officers see the case it is invited: somebody there accepts, and is assigned. One that is invited as partner
/// stays so, and sees what it is asked once it accepts.
///
/// # Errors
/// Refused where it takes part as an observer, who decides nothing.
pub fn ask_authority(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PursueRequest>,
    agency: AgencyId,
    restricted: bool,
) -> Result<Option<Event>> {
    let former = store::find(tx, permit, agency)?;
    let present = former.as_ref().map(|row| (row.status, row.role));
    let member = model::may_be_asked(present)?;
    let invited = (MemberStatus::Invited, MemberRole::Authority);
    if member || (restricted && present == Some(invited)) {
        return Ok(None);
    }
    let (status, deed) = if restricted {
        (MemberStatus::Invited, Deed::MemberInvited)
    } else {
        (MemberStatus::Accepted, Deed::MemberAccepted)
    };
    let row = MemberRow {
        case_id: permit.case()?,
        agency_id: agency,
        role: MemberRole::Authority,
        status,
        invited_by: Some(tx.context().officer()?.user),
        invited_at: tx.now(),
        responded_at: (!restricted).then(|| tx.now()),
        ended_at: None,
        reason: None,
        version: former.as_ref().map_or(1, |row| row.version + 1),
    };
    store::ask_authority(tx, permit, &row, former.is_some())?;
    let event = Event::in_case(row.case_id, deed, SubjectKind::Member, agency);
    Ok(Some(event.with("role", row.role)))
}

/// Where the membership of an agency stands, and as what it takes part or was asked to; nothing where it never was.
///
/// # Errors
/// When the database fails.
pub fn standing_of<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
) -> Result<Option<(MemberStatus, MemberRole)>> {
    Ok(store::find(view, permit, agency)?.map(|row| (row.status, row.role)))
}

/// Declines for the caller's own agency.
///
/// # Errors
/// Not found, forbidden, invalid, or refused where nothing is to be declined.
pub fn decline(
    tx: &mut Tx<'_>,
    case: CaseId,
    agency: AgencyId,
    submission: &Submission,
) -> Result<Change<MemberRow>> {
    let (seen, mut row) = own::<act::AnswerInvitation>(tx, case, agency)?;
    let reason = optional_reason(submission)?;
    row.status = model::decline(facts(&row))?;
    row.responded_at = Some(tx.now());
    end(tx, &seen, row, reason, Deed::MemberDeclined)
}

/// Leaves a case for the caller's own agency.
///
/// # Errors
/// Not found, forbidden, invalid, or refused where the agency must stay.
pub fn leave(
    tx: &mut Tx<'_>,
    case: CaseId,
    agency: AgencyId,
    submission: &Submission,
) -> Result<Change<MemberRow>> {
    let (seen, mut row) = own::<act::LeaveCase>(tx, case, agency)?;
    let reason = optional_reason(submission)?;
    row.status = model::leave(going(tx, &seen, &row)?)?;
    row.ended_at = Some(tx.now());
    end(tx, &seen, row, reason, Deed::MemberLeft)
}

/// Removes an agency, with a reason.
///
/// # Errors
/// Not found, forbidden, invalid, or refused where the agency must stay.
pub fn remove(
    tx: &mut Tx<'_>,
    case: CaseId,
    agency: AgencyId,
    submission: &Submission,
) -> Result<Change<MemberRow>> {
    let seen = standing::take::<act::RemoveMember>(tx, case)?;
    let mut row = store::find(tx, &seen.permit, agency)?.ok_or_else(Error::not_found)?;
    let input: RemovalInput = submission.read_or_empty()?;
    let mut faults = Faults::new();
    let reason: Option<Reason> = input.reason.required(&mut faults, "/reason");
    faults.finish()?;
    let reason = reason.ok_or_else(Error::not_found)?;
    row.status = model::remove(going(tx, &seen, &row)?, &reason)?;
    row.ended_at = Some(tx.now());
    end(tx, &seen, row, Some(reason), Deed::MemberRemoved)
}

/// The caller's own agency's membership; another agency's is not for the caller to answer for.
fn own<A: Act>(tx: &mut Tx<'_>, case: CaseId, agency: AgencyId) -> Result<(Seen<A>, MemberRow)> {
    let seen = standing::take::<A>(tx, case)?;
    if tx.context().officer()?.agency != agency {
        // Who else is a member is not for those to learn who are only invited.
        let accepted = seen
            .facts
            .membership
            .is_some_and(|membership| membership.status == MemberStatus::Accepted);
        let exists = accepted && store::find(tx, &seen.permit, agency)?.is_some();
        return Err(if exists {
            Error::forbidden("Each agency answers and leaves for itself.")
        } else {
            Error::not_found()
        });
    }
    let row = store::find(tx, &seen.permit, agency)?.ok_or_else(Error::not_found)?;
    Ok((seen, row))
}

/// The membership as answering an invitation asks: who has not accepted is in control of nothing and has granted nothing.
fn facts(row: &MemberRow) -> Member {
    Member { role: row.role, status: row.status, in_control: false, grants: false }
}

/// The membership as going asks: whoever is in control stays, and whoever has given a grant that counts, until the case
/// has ended.
fn going<A: Act>(tx: &mut Tx<'_>, seen: &Seen<A>, row: &MemberRow) -> Result<Member> {
    let holders = control::holders(tx, &seen.permit)?;
    let in_control = holders.iter().any(|(_, holder, _)| *holder == row.agency_id);
    let grants = !seen.case.status.is_final()
        && authorisations::grants_something(tx, &seen.permit, row.agency_id)?;
    Ok(Member { in_control, grants, ..facts(row) })
}

fn optional_reason(submission: &Submission) -> Result<Option<Reason>> {
    let input: AnswerInput = submission.read_or_empty()?;
    let mut faults = Faults::new();
    let reason = input.reason.optional(&mut faults, "/reason");
    faults.finish()?;
    Ok(reason)
}

fn end<A: Act>(
    tx: &mut Tx<'_>,
    seen: &Seen<A>,
    mut row: MemberRow,
    reason: Option<Reason>,
    deed: Deed,
) -> Result<Change<MemberRow>> {
    row.reason = reason.map(|reason| reason.as_str().to_owned());
    row.version += 1;
    store::update(tx, &seen.permit, &row)?;
    store::end_assignments(tx, &seen.permit, row.agency_id)?;
    let event = Event::in_case(row.case_id, deed, SubjectKind::Member, row.agency_id)
        .with("role", row.role)
        .optional_text("reason", row.reason.as_deref());
    Ok(Change::by(row, event))
}
