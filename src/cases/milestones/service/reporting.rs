//! Reports and their corrections.

use super::checked::{Account, Told};
use super::{planner, reporter, take};
use crate::access::{Act, Permit, act};
use crate::cases::legs::service as legs;
use crate::cases::milestones::api::requests::{ReportMilestone, SupersedeReport};
use crate::cases::milestones::model::{self, MilestoneKind, ReportFacts, ReportFlag, ReportLimits};
use crate::cases::milestones::rows::{Found, MilestoneRow, ReportRow};
use crate::cases::milestones::store;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Faults, Result};
use crate::ids::{CaseId, MilestoneId, ReportId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// Takes the report of a milestone. A fact: whatever the milestone's or the case's state, it is kept.
///
/// # Errors
/// Not found, forbidden or invalid.
pub fn report(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: MilestoneId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::ReportMilestone>(tx, case, id, planner)?;
    let ReportMilestone { occurred_at, place, time_zone, position, note } = submission.read()?;
    let account = account(tx, Told { at: occurred_at, place, time_zone, position, note })?;
    let (row, report) = take_report(tx, &permit, &found, account, limits)?;
    store::report(tx, &permit, &row, &report)?;
    let event = report_event(&row, Deed::MilestoneReported, &report);
    // A second report leaves the first one standing.
    let report = if row.report_id == Some(report.id) { Some(report) } else { found.report };
    Ok(Change::by(Found { row, report, waived_reason: found.waived_reason }, event))
}

/// Corrects the report that stands, for a reason. The old one stays as it was.
///
/// # Errors
/// Not found, forbidden or invalid; or nothing was reported.
pub fn supersede(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: MilestoneId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::SupersedeReport>(tx, case, id, reporter)?;
    let SupersedeReport { reason, occurred_at, place, time_zone, position, note } =
        submission.read()?;
    let account = account(tx, Told { at: occurred_at, place, time_zone, position, note })?;
    let milestone = found.milestone()?;
    // The report that stands was never superseded, or another one would stand.
    let old = ReportFacts { id: model::standing_report(&milestone)?, superseded_by: None };
    let agency = tx.context().officer()?.agency;
    let new = ReportId::new(tx.now());
    let progress = model::supersede(&milestone, old, new, agency, &reason)?;
    let mut flags = model::timing_flags(&milestone, account.at, tx.now(), limits);
    flags.extend(breach(tx, &permit, &found, account.at)?);
    let report = ReportRow {
        flags: Json(flags),
        supersedes_id: Some(old.id),
        reason: Some(reason),
        ..report_row(tx, &found, new, account)?
    };
    let mut row = found.row.moved(progress, tx.now());
    row.report_count += 1;
    store::supersede(tx, &permit, &row, &report)?;
    let event = report_event(&row, Deed::ReportSuperseded, &report);
    Ok(Change::by(Found { row, report: Some(report), waived_reason: found.waived_reason }, event))
}

fn account(tx: &Tx<'_>, told: Told) -> Result<Account> {
    let mut faults = Faults::new();
    let account = told.check(&mut faults, "/occurred_at", &tx.context().officer()?.time_zone);
    faults.finish()?;
    Ok(account)
}

/// What becomes of the milestone with a report of the caller's, and the report.
pub(super) fn take_report(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportMilestone>,
    found: &Found,
    account: Account,
    limits: ReportLimits,
) -> Result<(MilestoneRow, ReportRow)> {
    let (id, by) = (ReportId::new(tx.now()), tx.context().officer()?.agency);
    let outcome = model::report(&found.milestone()?, id, by, account.at, tx.now(), limits);
    let mut row = found.row.clone().moved(outcome.progress, tx.now());
    row.report_count += 1;
    let mut flags = outcome.flags;
    flags.extend(breach(tx, permit, found, account.at)?);
    let report = ReportRow {
        flags: Json(flags),
        duplicate_of_id: outcome.duplicate_of,
        ..report_row(tx, found, id, account)?
    };
    Ok((row, report))
}

/// What happened against a rule: goods that were replaced before all States concerned had consented (invariant 10).
fn breach<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    found: &Found,
    at: Instant,
) -> Result<Option<ReportFlag>> {
    let replaced = found.row.kind == MilestoneKind::Substituted;
    let breached = replaced && !legs::without_consent(tx, permit, at)?.is_empty();
    Ok(breached.then_some(ReportFlag::WithoutConsent))
}

fn report_row(tx: &Tx<'_>, found: &Found, id: ReportId, account: Account) -> Result<ReportRow> {
    let officer = tx.context().officer()?;
    Ok(ReportRow {
        id,
        milestone_id: found.row.id,
        case_id: found.row.case_id,
        agency_id: officer.agency,
        user_id: officer.user,
        occurred_at: account.at,
        recorded_at: tx.now(),
        place: account.place,
        time_zone: account.time_zone,
        position: account.position.map(Json),
        note: account.note,
        flags: Json(Vec::new()),
        duplicate_of_id: None,
        supersedes_id: None,
        reason: None,
    })
}

pub(super) fn report_event(row: &MilestoneRow, deed: Deed, report: &ReportRow) -> Event {
    let position = report.position.as_ref().map(|position| position.0.to_string());
    let mut event = Event::in_case(row.case_id, deed, SubjectKind::Milestone, row.id)
        .with("report", report.id)
        .with("kind", row.kind)
        .with("planned", row.planned)
        .with("occurred_at", report.occurred_at)
        .with("time_zone", &report.time_zone)
        .with("flags", &report.flags.0);
    if let Some(standing) = report.duplicate_of_id {
        event = event.with("duplicate_of", standing);
    }
    if let Some(old) = report.supersedes_id {
        event = event.with("supersedes", old);
    }
    event
        .optional_text("place", report.place.as_deref())
        .optional_text("position", position.as_deref())
        .optional_text("note", report.note.as_deref())
        .optional_text("reason", report.reason.as_ref().map(Reason::as_str))
}
