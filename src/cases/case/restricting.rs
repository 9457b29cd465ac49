//! Who goes on seeing a case that only assigned officers see from now on: no State loses the means to take back what it
//! granted.

use std::collections::BTreeSet;

use crate::access::{Permit, Role, act};
use crate::cases::assignments::store::{self as assignments, AssignmentRow};
use crate::cases::authorisations::store as authorisations;
use crate::cases::standing;
use crate::db::{Tx, View};
use crate::error::{Error, Missing, Refusal, Result, codes};
use crate::ids::AgencyId;
use crate::journal::event::{Deed, Event, SubjectKind};

/// Assigns those who have decided in the case for an agency that was asked, so that they go on seeing it. An agency of which
/// nobody who answers for it would see the case assigns somebody first.
///
/// # Errors
/// Refused, naming the agencies that assign somebody first.
pub fn keep_deciders(tx: &mut Tx<'_>, permit: &Permit<act::EditCase>) -> Result<Vec<Event>> {
    let (case, now, officer) = (permit.case()?, tx.now(), tx.context().officer()?.user);
    let present = standing::accepted_agencies(tx, permit)?;
    let mut deciders = authorisations::deciders(tx, permit)?;
    deciders.retain(|agency, _| present.contains(agency));
    let asked: Vec<AgencyId> = deciders.keys().copied().collect();
    let mut events = Vec::new();
    for (agency, acted) in deciders {
        for user in assignments::in_effect(tx, permit, agency, acted.into_iter().collect())? {
            let row = AssignmentRow {
                case_id: case,
                user_id: user,
                agency_id: agency,
                assigned_by: officer,
                assigned_at: now,
            };
            if assignments::insert_decider(tx, permit, &row)? {
                // It is the affair of that agency, and nobody of it did it.
                let event =
                    Event::in_case(case, Deed::OfficerAssigned, SubjectKind::Assignment, user);
                events.push(event.with("for", agency).by_server());
            }
        }
    }
    let blind = without_answer(tx, permit, asked)?;
    if blind.is_empty() {
        return Ok(events);
    }
    let detail = "Before only assigned officers see the case, each agency that was asked assigns a liaison officer or an \
                  authority of its own; see what is missing.";
    let missing = blind.iter().map(|agency| Missing::of(agency, "nobody-assigned")).collect();
    Err(Error::from(Refusal::new(&codes::STATE, detail).missing(missing)))
}

/// Those of the agencies of which neither a liaison officer nor an authority is assigned.
fn without_answer(
    view: &mut View<'_>,
    permit: &Permit<act::EditCase>,
    mut agencies: Vec<AgencyId>,
) -> Result<Vec<AgencyId>> {
    let assigned = assignments::assigned_of(view, permit, &agencies)?;
    let answering: BTreeSet<AgencyId> = assigned
        .into_iter()
        .filter(|(_, roles)| roles.has_any(&[Role::LiaisonOfficer, Role::Authority]))
        .map(|(agency, _)| agency)
        .collect();
    agencies.retain(|agency| !answering.contains(agency));
    Ok(agencies)
}
