//! Control that begins, and control that ends for good.

use super::{Controlled, ground, of, overtake, period, timing, told};
use crate::access::act;
use crate::cases::balance::input::NewReport;
use crate::cases::balance::model::{QuantityKind, Told};
use crate::cases::balance::service::{self as balance, Rules};
use crate::cases::control::input::{End, EndInput, TakeInput};
use crate::cases::control::model::{self, BegunHow};
use crate::cases::control::rows::PeriodRow;
use crate::cases::control::store;
use crate::cases::milestones::model::ReportLimits;
use crate::cases::standing;
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Error, Faults, Result};
use crate::ids::{CaseId, ConsignmentId};
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

/// Takes control of a consignment that nobody was in control of. A command.
///
/// # Errors
/// Not found, forbidden, invalid; refused by invariants 4, 5 and 6, or because the case has ended.
pub fn take(
    tx: &mut Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<Controlled>> {
    let seen = standing::take::<act::KeepControl>(tx, case)?;
    store::quantity(tx, &seen.permit, consignment)?.ok_or_else(Error::not_found)?;
    let input: TakeInput = submission.read()?;
    let mut faults = Faults::new();
    let home = tx.context().officer()?.time_zone.clone();
    let judged = input.judge(&mut faults, (tx.now(), limits.allowed_skew), &home);
    faults.finish()?;
    let said = judged.ok_or_else(|| Error::internal("control without faults"))?;
    seen.case.status.plans("who is in control")?;
    let last = store::last(tx, &seen.permit, consignment)?;
    let (agency, country) = {
        let officer = tx.context().officer()?;
        (officer.agency, officer.country)
    };
    let ground = ground(tx, &seen.permit, country)?;
    model::take(PeriodRow::line(last.as_ref()), agency, ground)?;
    let mut row = period(tx, case, consignment, last.as_ref(), BegunHow::Taken, &said)?;
    row.flags = Json(timing(said.occurred_at, tx.now(), limits));
    store::begin(tx, &seen.permit, &row)?;
    let event = told(Deed::ControlTaken, &row)
        .with("occurred_at", row.begun_at)
        .with("time_zone", &row.begun_time_zone)
        .text("place", row.begun_place.clone());
    Ok(Change::by(of(tx, &seen.permit, consignment)?, event))
}

/// Ends control for good. A command of whoever is in control; a handover that was under way comes to nothing. How much there
/// was at the end goes into the balance.
///
/// # Errors
/// Not found, forbidden, invalid; refused by invariants 4 and 5.
pub fn end(
    tx: &mut Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    submission: &Submission,
    rules: Rules,
) -> Result<Change<Controlled>> {
    let seen = standing::take::<act::KeepControl>(tx, case)?;
    store::quantity(tx, &seen.permit, consignment)?.ok_or_else(Error::not_found)?;
    let input: EndInput = submission.read()?;
    let mut faults = Faults::new();
    let home = tx.context().officer()?.time_zone.clone();
    let judged = input.judge(&mut faults, (tx.now(), rules.limits.allowed_skew), &home);
    let last = store::last(tx, &seen.permit, consignment)?;
    if let (Some(end), Some(last)) = (&judged, &last) {
        let fine = end.said.occurred_at >= last.begun_at;
        faults.check(fine, "/occurred_at", "expected a time after control began");
    }
    faults.finish()?;
    let End { reason, said, found } =
        judged.ok_or_else(|| Error::internal("an end without faults"))?;
    let (agency, user) = {
        let officer = tx.context().officer()?;
        (officer.agency, officer.user)
    };
    model::end(PeriodRow::line(last.as_ref()), agency)?;
    let mut row = last.ok_or_else(|| Error::internal("an end without a period"))?;
    row.ended_how = Some(reason.into());
    row.ended_at = Some(said.occurred_at);
    row.ended_place = Some(said.place.clone());
    row.ended_time_zone = Some(said.time_zone.clone());
    row.ended_flags = Json(timing(said.occurred_at, tx.now(), rules.limits));
    row.ended_by = Some(user);
    store::update(tx, &seen.permit, &row)?;
    let mut events = vec![
        told(Deed::ControlEnded, &row)
            .with("reason", reason)
            .with("occurred_at", said.occurred_at)
            .with("time_zone", &said.time_zone)
            .with("ended_flags", &row.ended_flags.0)
            .text("place", said.place.clone()),
    ];
    if let Some((quantity, measured)) = found {
        let occurred_at = said.occurred_at;
        let told = Told { kind: QuantityKind::Remaining, quantity, measured, occurred_at };
        let new = NewReport {
            told,
            place: said.place,
            time_zone: said.time_zone,
            note: None,
            evidence: None,
            supersedes: None,
            reason: None,
        };
        events.push(balance::keep(tx, &seen.permit, consignment, new, rules)?);
    }
    events.extend(overtake(tx, &seen.permit, consignment)?);
    Ok(Change::by_all(of(tx, &seen.permit, consignment)?, events))
}
