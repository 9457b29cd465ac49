//! Describing an item anew.

use crate::access::act;
use crate::cases::evidence::input::EvidencePatch;
use crate::cases::evidence::item;
use crate::cases::evidence::model::flags_of_codes;
use crate::cases::evidence::store::{self, EvidenceRow};
use crate::db::Tx;
use crate::error::{Error, Faults, Result};
use crate::ids::{CaseId, EvidenceId};
use crate::journal::event::{Change, Deed, Event};
use crate::submission::Submission;

use super::register::H1_EXPLANATION;
use super::{Shown, event, flags_of, raise};

/// Changes what may be said anew of an item, by merge patch.
///
/// # Errors
/// Not found, forbidden, a missing or stale version, or invalid with every fault named.
pub fn edit(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    submission: &Submission,
) -> Result<Change<Shown>> {
    let item = item::take::<act::EditEvidence>(tx, case, id)?;
    let patch: EvidencePatch = submission.read_guarded(item.row.version)?;
    let mut faults = Faults::new();
    let found = item.row;
    let mut row = patch.apply(&found, &mut faults);
    if item.by != found.originator_agency_id && differs_beyond_storage(&row, &found) {
        return Err(Error::forbidden(
            "Only the agency that recorded the item describes it; its holder says where it is kept.",
        ));
    }
    faults.finish()?;
    let mut flags = flags_of(tx, &item.permit, id)?;
    if row == found {
        return Ok(Change::Unchanged(Shown { row, audience: item.audience, flags }));
    }
    row.version += 1;
    row.updated_at = tx.now();
    store::update(tx, &item.permit, &row)?;
    let mut events = vec![told(&row, &found)];
    let had = flags_of_codes(&found.handling_codes.0);
    for kind in flags_of_codes(&row.handling_codes.0) {
        if !had.contains(&kind) {
            let (flag, event) = raise(tx, &item.permit, &row, kind, H1_EXPLANATION.to_owned())?;
            flags.push(flag);
            events.push(event);
        }
    }
    Ok(Change::by_all(Shown { row, audience: item.audience, flags }, events))
}

fn differs_beyond_storage(row: &EvidenceRow, found: &EvidenceRow) -> bool {
    let stored_alike = EvidenceRow { storage_place: found.storage_place.clone(), ..row.clone() };
    stored_alike != *found
}

fn told(row: &EvidenceRow, found: &EvidenceRow) -> Event {
    let mut event = event(row, Deed::EvidenceEdited)
        .with("version", row.version)
        .with("handling_codes", &row.handling_codes.0)
        .with("use_as_evidence_permitted", row.use_as_evidence_permitted);
    let mut changed = Vec::new();
    for (name, new, old) in [
        ("title", Some(&row.title), Some(&found.title)),
        ("description", row.description.as_ref(), found.description.as_ref()),
        ("storage_place", Some(&row.storage_place), Some(&found.storage_place)),
        ("handling_note", row.handling_note.as_ref(), found.handling_note.as_ref()),
    ] {
        if new != old {
            changed.push(name);
            event = event.optional_text(name, new.map(String::as_str));
        }
    }
    if row.handling_codes != found.handling_codes {
        changed.push("handling_codes");
    }
    if row.use_as_evidence_permitted != found.use_as_evidence_permitted {
        changed.push("use_as_evidence_permitted");
    }
    event.with("changed", changed)
}
