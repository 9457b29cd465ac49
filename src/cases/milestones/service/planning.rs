//! How a milestone comes to be: planned, or reported without a plan.

use super::checked::{self, Account, Told};
use super::reporting::{report_event, take_report};
use crate::access::{Facts, Permit, act};
use crate::cases::milestones::api::requests::PostMilestone;
use crate::cases::milestones::model::{
    Milestone, MilestoneStatus, Progress, ReportLimits, overdue_after,
};
use crate::cases::milestones::rows::{Found, MilestoneRow};
use crate::cases::milestones::store;
use crate::cases::standing;
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Faults, Result};
use crate::ids::{CaseId, MilestoneId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// Takes a new milestone: a plan with `expected_at`, which is a command; the report of something that nobody planned
/// with `occurred_at`, which is a fact.
///
/// # Errors
/// Not found, forbidden or invalid.
pub fn post(
    tx: &mut Tx<'_>,
    case: CaseId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<Found>> {
    // Which of the two it is stands in the body, which is read by those who may report at least.
    let seen = standing::take::<act::ReportMilestone>(tx, case)?;
    let asked: PostMilestone = submission.read()?;
    let planned = asked.occurred_at.is_none();
    let mut faults = Faults::new();
    if asked.expected_at.is_some() != planned {
        let detail = if planned {
            "expected a time; or occurred_at, where it has happened already"
        } else {
            "expected only one of expected_at and occurred_at: plan it, then report it"
        };
        faults.add("/expected_at", detail);
    }
    let told = Told {
        at: asked.occurred_at.or(asked.expected_at).unwrap_or(tx.now()),
        place: asked.place,
        time_zone: asked.time_zone,
        position: asked.position,
        note: asked.note,
    };
    let officer = tx.context().officer()?;
    let pointer = if planned { "/expected_at" } else { "/occurred_at" };
    let account = told.check(&mut faults, pointer, &officer.time_zone);
    let tolerance_minutes = checked::tolerance(&mut faults, asked.tolerance_minutes);
    let row = MilestoneRow {
        id: MilestoneId::new(tx.now()),
        case_id: case,
        agency_id: officer.agency,
        kind: asked.kind,
        planned,
        expected_at: None,
        tolerance_minutes,
        overdue_after: None,
        place: None,
        time_zone: account.time_zone.clone(),
        position: None,
        note: None,
        status: MilestoneStatus::Pending,
        report_id: None,
        report_count: 0,
        version: 1,
        created_by: officer.user,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if planned {
        let permit = tx.permit::<act::PlanMilestone>(&Facts::Case(Some(seen.facts)))?;
        faults.finish()?;
        seen.case.status.plans("the plan of milestones")?;
        plan(tx, &permit, row, account)
    } else {
        faults.finish()?;
        report_unplanned(tx, &seen.permit, row, account, limits)
    }
}

fn plan(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PlanMilestone>,
    row: MilestoneRow,
    account: Account,
) -> Result<Change<Found>> {
    let milestone = Milestone {
        expected_at: Some(account.at),
        tolerance_minutes: row.tolerance_minutes.unsigned_abs(),
        progress: Progress::Open,
    };
    let row = MilestoneRow {
        expected_at: milestone.expected_at,
        overdue_after: overdue_after(&milestone),
        place: account.place,
        position: account.position.map(Json),
        note: account.note,
        ..row
    };
    store::plan(tx, permit, &row)?;
    let event = Event::in_case(row.case_id, Deed::MilestonePlanned, SubjectKind::Milestone, row.id)
        .with("kind", row.kind)
        .with("expected_at", row.expected_at)
        .with("tolerance_minutes", row.tolerance_minutes)
        .with("time_zone", &row.time_zone)
        .optional_text("place", row.place.as_deref())
        .optional_text("position", account.position.map(|at| at.to_string()).as_deref())
        .optional_text("note", row.note.as_deref());
    Ok(Change::by(Found { row, report: None, waived_reason: None }, event))
}

fn report_unplanned(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportMilestone>,
    row: MilestoneRow,
    account: Account,
    limits: ReportLimits,
) -> Result<Change<Found>> {
    let nothing = Found { row, report: None, waived_reason: None };
    let (row, report) = take_report(tx, permit, &nothing, account, limits)?;
    // It is made and reported in one.
    let row = MilestoneRow { version: 1, ..row };
    store::report_unplanned(tx, permit, &row, &report)?;
    let event = report_event(&row, Deed::MilestoneReported, &report);
    Ok(Change::by(Found { row, report: Some(report), ..nothing }, event))
}
