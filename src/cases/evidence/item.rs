//! The item that a request is about, and what the caller is to it: every road to one item begins here.
//!
//! The facts are loaded by the same statements whether the item is hidden or is missing.

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

/// What the caller is to an item; nothing where there is none in a case of his or hers. Of the item itself nothing is
/// read until leave was given.
fn load(view: &mut View<'_>, case: CaseId, id: EvidenceId) -> Result<Option<EvidenceFacts>> {
    let by = view.context().officer()?.agency;
    let Some(standing) = standing::load(view, case)? else { return Ok(None) };
    let parties = store::parties(view, case, id, by)?;
    Ok(parties.map(|parties| EvidenceFacts {
        case: standing,
        in_audience: parties.shown_to.is_some(),
        originator: parties.originator == by,
        custodian: parties.custodian == by,
        receiver: parties.offered_to == Some(by),
    }))
}

fn judge<A: Act>(
    view: &mut View<'_>,
    facts: Option<EvidenceFacts>,
    id: EvidenceId,
) -> Result<Item<A>> {
    let permit = view.permit(&Facts::Evidence(facts))?;
    let row = store::find(view, &permit, id)?.ok_or_else(Error::not_found)?;
    let audience = store::audience(view, &permit, id)?;
    let offered_to = transfers::offered_to(view, &permit, id)?;
    let by = view.context().officer()?.agency;
    Ok(Item { row, audience, offered_to, by, permit })
}

/// The item `id` of a case, where the caller may do `A` to it.
///
/// # Errors
/// Not found where it is hidden or missing, forbidden where it is seen.
pub fn see<A: Act>(view: &mut View<'_>, case: CaseId, id: EvidenceId) -> Result<Item<A>> {
    let facts = load(view, case, id)?;
    judge(view, facts, id)
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
    let facts = load(view, case, id)?;
    let facts = match facts {
        None => None,
        Some(facts) => answered(view, facts, id, transfer)?,
    };
    let item = judge(view, facts, id)?;
    let transfer = transfers::find(view, &item.permit, id, transfer)?;
    Ok((item, transfer.ok_or_else(Error::not_found)?))
}

/// Whoever is shown the item and was offered it is told that the transfer was answered, rather than that it is none of
/// his business. Nothing where the item has no such transfer.
fn answered(
    view: &mut View<'_>,
    mut facts: EvidenceFacts,
    id: EvidenceId,
    transfer: TransferId,
) -> Result<Option<EvidenceFacts>> {
    let by = view.context().officer()?.agency;
    let receiver = transfers::receiver(view, facts.case.case, id, transfer)?;
    Ok(receiver.map(|receiver| {
        facts.receiver |= facts.in_audience && receiver == by;
        facts
    }))
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
