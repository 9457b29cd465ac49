//! What the caller is to the case that a request is about, loaded in the transaction of the work, and the case itself
//! once leave was given. Every road into a case begins here.

use diesel::prelude::*;

use crate::access::{Act, CaseFacts, Facts, MemberRole, MemberStatus, Membership, Permit, Role};
use crate::cases::authorisations::store as authorisations;
use crate::cases::case::model::CaseStatus;
use crate::cases::case::store::CaseRow;
use crate::db::schema::{case_assignments, case_members, cases};
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, UserId};
use crate::journal::event::ChainOf;

/// A case that the caller has leave to do `A` to.
#[derive(Debug)]
pub struct Seen<A: Act> {
    /// The case.
    pub case: CaseRow,
    /// What access rests on.
    pub facts: CaseFacts,
    /// The leave.
    pub permit: Permit<A>,
}

/// What the caller is to the case `id`; nothing where the caller's agency was never asked into it. The road begins at the
/// agency's own memberships and never touches the case of strangers, so that to them a case and none take as long.
///
/// # Errors
/// When nobody has signed in, or the database fails.
pub fn load(view: &mut View<'_>, id: CaseId) -> Result<Option<CaseFacts>> {
    let officer = view.context().officer()?;
    let row: Option<(MemberRole, MemberStatus, bool, Option<UserId>)> = case_members::table
        .inner_join(cases::table)
        .left_join(
            case_assignments::table.on(case_assignments::case_id
                .eq(case_members::case_id)
                .and(case_assignments::user_id.eq(officer.user))),
        )
        .filter(case_members::agency_id.eq(officer.agency))
        .filter(case_members::case_id.eq(id))
        .select((
            case_members::role,
            case_members::status,
            cases::restricted,
            case_assignments::user_id.nullable(),
        ))
        .maybe(view)?;
    let Some((role, status, restricted, assigned)) = row else { return Ok(None) };
    // Only authorities see more for it, and whoever has no membership is not looked up any further.
    let requested =
        officer.is(Role::Authority) && authorisations::was_asked(view, id, officer.agency)?;
    Ok(Some(CaseFacts {
        case: id,
        membership: Some(Membership { role, status }),
        assigned: assigned.is_some(),
        restricted,
        requested,
    }))
}

/// The case `id`, where the caller may do `A` to it.
///
/// # Errors
/// Not found where it is hidden or missing, forbidden where it is seen.
pub fn see<A: Act>(view: &mut View<'_>, id: CaseId) -> Result<Seen<A>> {
    let facts = load(view, id)?;
    let permit = view.permit(&Facts::Case(facts.clone()))?;
    let facts = facts.ok_or_else(crate::error::Error::not_found)?;
    let case = cases::table.find(id).select(columns::<CaseRow>()).one(view)?;
    Ok(Seen { case, facts, permit })
}

/// The same for a change: no other change of the case runs until this one has ended. Who may not do it never waits for
/// those who may, and so cannot tell a busy case from none.
///
/// # Errors
/// Not found where it is hidden or missing, forbidden where it is seen.
pub fn take<A: Act>(tx: &mut Tx<'_>, id: CaseId) -> Result<Seen<A>> {
    let seen = see(tx, id)?;
    if hold(tx, id)? { see(tx, id) } else { Ok(seen) }
}

/// Makes every other change of the case wait until this one has ended; asked for once leave was given. Tells whether
/// what was read before may be stale.
///
/// # Errors
/// When the database fails.
pub fn hold(tx: &mut Tx<'_>, id: CaseId) -> Result<bool> {
    tx.lock_chain(ChainOf::Case(id).id())
}

/// The state of the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn status<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<CaseStatus> {
    cases::table.find(permit.case()?).select(cases::status).one(view)
}

/// The agencies that take part in the case now.
///
/// # Errors
/// When the database fails.
pub fn accepted_agencies<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<AgencyId>> {
    case_members::table
        .filter(case_members::case_id.eq(permit.case()?))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .select(case_members::agency_id)
        .order(case_members::agency_id)
        .all(view)
}
