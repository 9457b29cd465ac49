//! The item that a request is about, and what the caller is to it: every road to one item begins here.
//!
//! The facts are loaded by the same statements whether the item is there, is hidden or is missing.

use std::collections::BTreeSet;

use crate::access::{Act, EvidenceFacts, Facts, Permit};
use crate::cases::standing;
use crate::db::{Tx, View};
use crate::error::{Error, Result};
use crate::ids::{AgencyId, CaseId, EvidenceId, TransferId};

use super::model::{Custody, h1_locked};
use super::store::transfers::{self, TransferRow};
use super::store::{self, EvidenceRow};

/// An item that the caller has leave to do `A` to.
#[derive(Debug)]
pub struct Item<A: Act> {
    /// The item.
    pub row: EvidenceRow,
    /// To whom it is shown.
    pub audience: BTreeSet<AgencyId>,
    /// To whom it is offered.
    pub offered_to: Option<AgencyId>,
    /// The caller's agency.
    pub by: AgencyId,
    /// The leave.
    pub permit: Permit<A>,
}

impl<A: Act> Item<A> {
    /// Who holds the item, as the rules ask.
    #[must_use]
    pub fn custody(&self) -> Custody {
        let row = &self.row;
        Custody {
            originator: row.originator_agency_id,
            custodian: row.custodian_agency_id,
            since: row.held_since,
            seal: row.seal.clone(),
            offered_to: self.offered_to,
            disposition: row.disposition,
            h1_locked: h1_locked(&row.handling_codes.0, row.use_as_evidence_permitted),
        }
    }
}

/// An item before access to it has been judged.
struct Found {
    row: EvidenceRow,
    audience: BTreeSet<AgencyId>,
    offered_to: Option<AgencyId>,
    by: AgencyId,
    facts: EvidenceFacts,
}

fn load(view: &mut View<'_>, case: CaseId, id: EvidenceId) -> Result<Option<Found>> {
    let by = view.context().officer()?.agency;
    let standing = standing::load(view, case)?;
    let row = store::find(view, case, id)?;
    let audience = store::audience(view, id)?;
    let offered_to = transfers::find_open(view, id)?.map(|transfer| transfer.to_agency_id);
    let (Some(standing), Some(row)) = (standing, row) else { return Ok(None) };
    let facts = EvidenceFacts {
        case: standing,
        in_audience: audience.contains(&by),
        originator: row.originator_agency_id == by,
        custodian: row.custodian_agency_id == by,
        receiver: offered_to == Some(by),
    };
    Ok(Some(Found { row, audience, offered_to, by, facts }))
}

fn judge<A: Act>(view: &mut View<'_>, found: Option<Found>) -> Result<Item<A>> {
    let facts = Facts::Evidence(found.as_ref().map(|found| found.facts.clone()));
    let permit = view.permit(&facts)?;
    let Found { row, audience, offered_to, by, .. } = found.ok_or_else(Error::not_found)?;
    Ok(Item { row, audience, offered_to, by, permit })
}

/// The item `id` of a case, where the caller may do `A` to it.
///
/// # Errors
/// Not found where it is hidden or missing, forbidden where it is seen.
pub fn see<A: Act>(view: &mut View<'_>, case: CaseId, id: EvidenceId) -> Result<Item<A>> {
    let found = load(view, case, id)?;
    judge(view, found)
}

/// The same for a change: no other change of the case runs until this one has ended.
///
/// # Errors
/// As [`see`].
pub fn take<A: Act>(tx: &mut Tx<'_>, case: CaseId, id: EvidenceId) -> Result<Item<A>> {
    let seen = see(tx, case, id)?;
    if standing::hold(tx, case)? { see(tx, case, id) } else { Ok(seen) }
}

/// A transfer of an item, where the caller may do `A` to the item.
///
/// # Errors
/// As [`see`]; not found also where the item has no such transfer.
pub fn see_transfer<A: Act>(
    view: &mut View<'_>,
    case: CaseId,
    id: EvidenceId,
    transfer: TransferId,
) -> Result<(Item<A>, TransferRow)> {
    let found = load(view, case, id)?;
    let transfer = transfers::find(view, case, id, transfer)?;
    let (found, transfer) = found.zip(transfer).unzip();
    let found = found.map(|found| answered(found, transfer.as_ref()));
    let item = judge(view, found)?;
    Ok((item, transfer.ok_or_else(Error::not_found)?))
}

/// Whoever is shown the item and was offered it is told that the transfer was answered, rather than that it is none of
/// his business.
fn answered(mut found: Found, transfer: Option<&TransferRow>) -> Found {
    if found.facts.in_audience && transfer.is_some_and(|row| row.to_agency_id == found.by) {
        found.facts.receiver = true;
    }
    found
}

/// The same for a change: no other change of the case runs until this one has ended.
///
/// # Errors
/// As [`see_transfer`].
pub fn take_transfer<A: Act>(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    transfer: TransferId,
) -> Result<(Item<A>, TransferRow)> {
    let seen = see_transfer(tx, case, id, transfer)?;
    if standing::hold(tx, case)? { see_transfer(tx, case, id, transfer) } else { Ok(seen) }
}
