//! Registering an item.

use std::collections::BTreeSet;

use crate::access::{Permit, act};
use crate::cases::case::model::CaseStatus;
use crate::cases::evidence::input::{EvidenceInput, NewEvidence};
use crate::cases::evidence::model::flags_of_codes;
use crate::cases::evidence::number::EvidenceNumber;
use crate::cases::evidence::store::{self, EvidenceRow};
use crate::cases::standing;
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::ids::{AgencyId, CaseId, EvidenceId};
use crate::journal::event::{Change, Deed, Event};
use crate::submission::Submission;

use super::audience::judged_audience;
use super::{Shown, event, raise};

/// Why an item with `H1` carries a flag.
pub(super) const H1_EXPLANATION: &str =
    "Handling code H1: not to be used as evidence without the provider's permission.";

/// Registers an item; the caller's agency is its originator and its first custodian.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named, or the case is closed.
pub fn register(tx: &mut Tx<'_>, case: CaseId, submission: &Submission) -> Result<Change<Shown>> {
    let seen = standing::take::<act::RegisterEvidence>(tx, case)?;
    let input: EvidenceInput = submission.read()?;
    let own = tx.context().officer()?.agency;
    let mut faults = Faults::new();
    let new = input.judge(tx.now(), &mut faults);
    let wanted = input.audience.optional(&mut faults, "/audience").unwrap_or_default();
    let members = standing::accepted_agencies(tx, &seen.permit)?.into_iter().collect();
    let audience = judged_audience(&wanted, &members, "/audience", &mut faults);
    faults.finish()?;
    if seen.case.status == CaseStatus::Closed {
        let detail = "The case is closed; everything in it has its disposition.";
        return Err(Refusal::new(&codes::STATE, detail).into());
    }
    let new = new.ok_or_else(|| Error::internal("an item without faults was not judged"))?;
    insert(tx, &seen.permit, new, audience.into_iter().chain([own]).collect())
}

fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::RegisterEvidence>,
    new: NewEvidence,
    audience: BTreeSet<AgencyId>,
) -> Result<Change<Shown>> {
    let now = tx.now();
    let officer = tx.context().officer()?;
    let row = EvidenceRow {
        id: EvidenceId::new(now),
        case_id: permit.case()?,
        number: free_number(tx, permit)?,
        originator_agency_id: officer.agency,
        custodian_agency_id: officer.agency,
        held_since: new.collected_at.unwrap_or(now),
        title: new.title,
        kind: new.kind,
        description: new.description,
        storage_place: new.storage_place,
        seal: new.seal,
        sha256: new.sha256,
        size_bytes: new.size_bytes,
        collected_by: new.collected_by,
        collected_at: new.collected_at,
        collected_place: new.collected_place,
        handling_codes: Json(new.handling_codes),
        handling_note: new.handling_note,
        use_as_evidence_permitted: false,
        disposition: None,
        disposition_reason: None,
        disposed_at: None,
        version: 1,
        created_by: officer.user,
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, permit, row.clone(), &audience)?;
    let mut events = vec![told(&row, &audience)];
    let mut flags = Vec::new();
    for kind in flags_of_codes(&row.handling_codes.0) {
        let (flag, event) = raise(tx, permit, &row, kind, H1_EXPLANATION.to_owned())?;
        flags.push(flag);
        events.push(event);
    }
    Ok(Change::by_all(Shown { row, audience, flags }, events))
}

/// A number that no item of the case has.
fn free_number(tx: &mut Tx<'_>, permit: &Permit<act::RegisterEvidence>) -> Result<EvidenceNumber> {
    loop {
        let mut random = [0; 4];
        getrandom::fill(&mut random).map_err(Error::internal)?;
        let number = EvidenceNumber::new(random);
        if !store::is_taken(tx, permit, &number)? {
            return Ok(number);
        }
    }
}

fn told(row: &EvidenceRow, audience: &BTreeSet<AgencyId>) -> Event {
    event(row, Deed::EvidenceRegistered)
        .with("number", &row.number)
        .with("kind", row.kind)
        .with("sha256", &row.sha256)
        .with("size_bytes", row.size_bytes)
        .with("collected_at", row.collected_at)
        .with("handling_codes", &row.handling_codes.0)
        .with("audience", audience)
        .text("title", row.title.clone())
        .text("storage_place", row.storage_place.clone())
        .optional_text("description", row.description.as_deref())
        .optional_text("seal", row.seal.as_deref())
        .optional_text("collected_by", row.collected_by.as_deref())
        .optional_text("collected_place", row.collected_place.as_deref())
        .optional_text("handling_note", row.handling_note.as_deref())
}
