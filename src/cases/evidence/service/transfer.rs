//! Handing an item over.

use crate::access::act;
use crate::cases::evidence::input::{
    AcceptanceInput, NewTransfer, Receipt, TransferInput, TransferReason,
};
use crate::cases::evidence::item::{self, Item};
use crate::cases::evidence::model::{
    self, Acceptance, Accepted, FlagKind, Transfer, TransferStatus,
};
use crate::cases::evidence::store::EvidenceRow;
use crate::cases::evidence::store::transfers::{self, TransferRow};
use crate::cases::reason::Reason;
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::ids::{CaseId, EvidenceId, TransferId};
use crate::journal::event::{Change, Deed, Event};
use crate::submission::Submission;

use super::{event, raise};

/// How long an item may be on its way between two hands before that is a gap, in seconds.
const LONGEST_GAP: i64 = 60 * 60;

/// A page of the transfers of an item.
///
/// # Errors
/// Not found; or the page asked for is not right.
pub fn list_transfers(
    view: &mut View<'_>,
    case: CaseId,
    id: EvidenceId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<TransferRow>> {
    let item = item::see::<act::ReadEvidence>(view, case, id)?;
    transfers::list(view, &item.permit, id, page()?)
}

/// A transfer of an item.
///
/// # Errors
/// Not found.
pub fn get_transfer(
    view: &mut View<'_>,
    case: CaseId,
    id: EvidenceId,
    transfer: TransferId,
) -> Result<TransferRow> {
    Ok(item::see_transfer::<act::ReadEvidence>(view, case, id, transfer)?.1)
}

/// Offers an item to another agency; until that accepts, the releaser holds it.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; a transfer is open, the item has its disposition, or the
/// receiver is not among those it is shown to.
pub fn offer(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    submission: &Submission,
) -> Result<Change<TransferRow>> {
    let item = item::take::<act::OfferTransfer>(tx, case, id)?;
    let input: TransferInput = submission.read()?;
    let mut faults = Faults::new();
    let new = input.judge(tx.now(), &tx.context().officer()?.time_zone, &mut faults);
    if let Some(NewTransfer { to, .. }) = &new {
        let fine = transfers::may_hold(tx, &item.permit, *to)?;
        let words =
            "expected an agency that takes part in the case as lead, partner or coordinator";
        faults.check(fine, "/to_agency_id", words);
    }
    faults.finish()?;
    let new = new.ok_or_else(|| Error::internal("an offer without faults was not judged"))?;
    model::offer(&item.custody(), item.by, new.to)?;
    if !item.audience.contains(&new.to) {
        let detail = "The item is not shown to that agency; the agency that recorded it widens its audience first.";
        return Err(Refusal::new(&codes::STATE, detail).into());
    }
    let now = tx.now();
    let row = TransferRow {
        id: TransferId::new(now),
        evidence_id: id,
        case_id: case,
        from_agency_id: item.by,
        to_agency_id: new.to,
        place: new.place,
        time_zone: new.time_zone,
        purpose: new.purpose,
        seal: new.seal,
        condition: new.condition,
        weight: new.weight.map(Json),
        status: TransferStatus::Offered,
        offered_by: tx.context().officer()?.user,
        offered_at: now,
        released_at: new.released_at,
        decided_by: None,
        decided_at: None,
        received_at: None,
        time_zone_received: None,
        seal_received: None,
        condition_received: None,
        weight_received: None,
        storage_place_received: None,
        reason: None,
        version: 1,
    };
    transfers::insert(tx, &item.permit, row.clone())?;
    let event = about(&item.row, &row, Deed::TransferOffered)
        .with("weight", row.weight.as_ref().map(|weight| weight.0))
        .with("released_at", row.released_at)
        .with("time_zone", &row.time_zone)
        .text("place", row.place.clone())
        .text("purpose", row.purpose.clone())
        .optional_text("seal", row.seal.as_deref())
        .optional_text("condition", row.condition.as_deref());
    Ok(Change::by(row, event))
}

fn about(item: &EvidenceRow, transfer: &TransferRow, deed: Deed) -> Event {
    event(item, deed)
        .with("transfer", transfer.id)
        .with("from", transfer.from_agency_id)
        .with("to", transfer.to_agency_id)
}

/// A transfer as the rules ask.
fn asked(row: &TransferRow) -> Transfer {
    Transfer {
        status: row.status,
        from: row.from_agency_id,
        to: row.to_agency_id,
        offered_at: row.offered_at,
        released_at: row.released_at,
        seal: row.seal.clone(),
    }
}

/// The transfer with an answer of the caller.
fn decided(tx: &Tx<'_>, row: TransferRow, status: TransferStatus) -> Result<TransferRow> {
    Ok(TransferRow {
        status,
        decided_by: Some(tx.context().officer()?.user),
        decided_at: Some(tx.now()),
        version: row.version + 1,
        ..row
    })
}

/// Takes an item over. What the receiver states is a fact: a difference leaves a flag and is no error.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; or the transfer was answered before.
pub fn accept(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    transfer: TransferId,
    submission: &Submission,
) -> Result<Change<TransferRow>> {
    let (item, transfer) = item::take_transfer::<act::AnswerTransfer>(tx, case, id, transfer)?;
    let input: AcceptanceInput = submission.read_or_empty()?;
    let mut faults = Faults::new();
    let receipt = input.judge(tx.now(), &tx.context().officer()?.time_zone, &mut faults);
    faults.finish()?;
    let acceptance = Acceptance { accepted_at: receipt.received_at, seal: receipt.seal.clone() };
    let accepted =
        model::accept(&item.custody(), &asked(&transfer), item.by, &acceptance, LONGEST_GAP)?;
    let row = TransferRow {
        received_at: Some(receipt.received_at),
        time_zone_received: Some(receipt.time_zone.clone()),
        seal_received: receipt.seal.clone(),
        condition_received: receipt.condition.clone(),
        weight_received: receipt.weight.map(Json),
        storage_place_received: receipt.storage_place.clone(),
        ..decided(tx, transfer, TransferStatus::Accepted)?
    };
    transfers::answer(tx, &item.permit, &row)?;
    let event = about(&item.row, &row, Deed::TransferAccepted)
        .with("received_at", receipt.received_at)
        .with("time_zone", &receipt.time_zone)
        .with("weight", receipt.weight)
        .optional_text("seal", row.seal_received.as_deref())
        .optional_text("condition", row.condition_received.as_deref())
        .optional_text("storage_place", row.storage_place_received.as_deref());
    let mut events = vec![event];
    hand_over(tx, &item, &row, receipt, accepted, &mut events)?;
    Ok(Change::by_all(row, events))
}

fn hand_over(
    tx: &mut Tx<'_>,
    item: &Item<act::AnswerTransfer>,
    transfer: &TransferRow,
    receipt: Receipt,
    accepted: Accepted,
    events: &mut Vec<Event>,
) -> Result<()> {
    for kind in accepted.flags {
        let explanation = explained(kind, &item.row, transfer);
        events.push(raise(tx, &item.permit, &item.row, kind, explanation)?.1);
    }
    let mut row = item.row.clone();
    row.custodian_agency_id = accepted.custodian;
    row.held_since = receipt.received_at;
    row.seal = accepted.seal;
    row.storage_place = receipt.storage_place.unwrap_or_else(|| transfer.place.clone());
    row.version += 1;
    row.updated_at = tx.now();
    transfers::hand_over(tx, &item.permit, &row)
}

fn explained(kind: FlagKind, item: &EvidenceRow, transfer: &TransferRow) -> String {
    let said = |seal: Option<&String>| match seal.map(String::as_str) {
        None => "not stated".to_owned(),
        Some("") => "none".to_owned(),
        Some(seal) => format!("“{seal}”"),
    };
    if kind == FlagKind::SealMismatch {
        return format!(
            "Seal recorded: {}; offered: {}; received: {}.",
            item.seal.as_ref().map_or("none".to_owned(), |seal| said(Some(seal))),
            said(transfer.seal.as_ref()),
            said(transfer.seal_received.as_ref()),
        );
    }
    let time = |time: Option<crate::clock::Instant>| {
        time.map_or("not stated".to_owned(), |time| time.to_string())
    };
    format!(
        "Held since {}; offered {}; released: {}; received: {}.",
        item.held_since,
        transfer.offered_at,
        time(transfer.released_at),
        time(transfer.received_at),
    )
}

/// Refuses an offered item; the releaser holds it on.
///
/// # Errors
/// Not found, forbidden, invalid; or the transfer was answered before.
pub fn refuse(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    transfer: TransferId,
    submission: &Submission,
) -> Result<Change<TransferRow>> {
    let (item, transfer) = item::take_transfer::<act::AnswerTransfer>(tx, case, id, transfer)?;
    let reason = reason(submission)?;
    model::refuse(&asked(&transfer), item.by)?;
    let mut row = decided(tx, transfer, TransferStatus::Refused)?;
    row.reason = Some(reason.as_str().to_owned());
    transfers::answer(tx, &item.permit, &row)?;
    let event = about(&item.row, &row, Deed::TransferRefused).text("reason", reason.as_str());
    Ok(Change::by(row, event))
}

/// Takes an offer back, as when the receiver cannot answer any more.
///
/// # Errors
/// Not found, forbidden, invalid; or the transfer was answered before.
pub fn cancel(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    transfer: TransferId,
    submission: &Submission,
) -> Result<Change<TransferRow>> {
    let (item, transfer) = item::take_transfer::<act::OfferTransfer>(tx, case, id, transfer)?;
    let reason = reason(submission)?;
    model::cancel(&asked(&transfer), item.by)?;
    let mut row = decided(tx, transfer, TransferStatus::Cancelled)?;
    row.reason = Some(reason.as_str().to_owned());
    transfers::cancel(tx, &item.permit, &row)?;
    let event = about(&item.row, &row, Deed::TransferCancelled).text("reason", reason.as_str());
    Ok(Change::by(row, event))
}

fn reason(submission: &Submission) -> Result<Reason> {
    let input: TransferReason = submission.read()?;
    let mut faults = Faults::new();
    let reason = input.reason.required(&mut faults, "/reason");
    faults.finish()?;
    reason.ok_or_else(|| Error::internal("a reason without faults was not judged"))
}
