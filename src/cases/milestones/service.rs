//! Use cases of milestones. Planning, confirming, disputing, waiving and correcting are commands; reporting is a fact.

use std::collections::HashMap;

use crate::access::{Act, Facts, OwnedFacts, Permit, act};
use crate::cases::milestones::api::requests::{ConfirmMilestone, DisputeMilestone, WaiveMilestone};
use crate::cases::milestones::model::{self, Progress};
use crate::cases::milestones::rows::{Found, ReportRow, ReviewRow};
use crate::cases::milestones::store::{self, Filter, Owner, Reviewing};
use crate::cases::reason::Reason;
use crate::cases::standing;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Result};
use crate::ids::{AgencyId, CaseId, MilestoneId, ReportId, ReviewId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

mod checked;
mod planning;
mod reporting;
#[cfg(test)]
mod tests;

pub use planning::post;
pub use reporting::{report, supersede};

/// A page of a milestone's reports with what was said of them.
#[derive(Debug)]
pub struct History {
    /// The reports.
    pub page: PageOf<ReportRow>,
    /// The report that stands.
    pub standing: Option<ReportId>,
    /// By report, the one that superseded it.
    pub successors: HashMap<ReportId, ReportId>,
    /// What was said of them, and the waiver.
    pub reviews: Vec<ReviewRow>,
}

/// A page of the case's milestones; `ask` gives what is asked for, once access was judged.
///
/// # Errors
/// Not found; or what `ask` says.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    ask: impl FnOnce() -> Result<(Filter, Page)>,
) -> Result<PageOf<Found>> {
    let seen = standing::see::<act::ReadPlan>(view, case)?;
    let (filter, page) = ask()?;
    store::list(view, &seen.permit, filter, page)
}

/// One milestone.
///
/// # Errors
/// Not found.
pub fn get(view: &mut View<'_>, case: CaseId, id: MilestoneId) -> Result<Found> {
    see::<act::ReadPlan>(view, case, id, planner).map(|(found, _)| found)
}

/// A page of the reports of a milestone and everything that was said of them; `ask` gives the page, once access was
/// judged.
///
/// # Errors
/// Not found; or what `ask` says.
pub fn history(
    view: &mut View<'_>,
    case: CaseId,
    id: MilestoneId,
    ask: impl FnOnce() -> Result<Page>,
) -> Result<History> {
    let (found, permit) = see::<act::ReadPlan>(view, case, id, planner)?;
    let page = store::reports(view, &permit, id, ask()?)?;
    let ids: Vec<ReportId> = page.items.iter().map(|report| report.id).collect();
    let successors = store::successors(view, &permit, &ids)?
        .into_iter()
        .filter_map(|(old, new)| Some((old?, new)))
        .collect();
    let reviews = store::reviews(view, &permit, id, &ids)?;
    Ok(History { page, standing: found.row.report_id, successors, reviews })
}

/// Confirms the report of another agency.
///
/// # Errors
/// Not found, forbidden or invalid; or there is no such report without a verdict.
pub fn confirm(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: MilestoneId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::ConfirmMilestone>(tx, case, id, planner)?;
    let asked: ConfirmMilestone = submission.read_or_empty()?;
    let mut faults = Faults::new();
    let note = checked::note(&mut faults, asked.note);
    faults.finish()?;
    let progress = model::confirm(&found.milestone()?, tx.context().officer()?.agency)?;
    review(tx, &permit, found, progress, Deed::MilestoneConfirmed, Said { reason: None, note })
}

/// Disputes the report of another agency, for a reason.
///
/// # Errors
/// Not found, forbidden or invalid; or there is no such report without a verdict.
pub fn dispute(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: MilestoneId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::DisputeMilestone>(tx, case, id, planner)?;
    let DisputeMilestone { reason } = submission.read()?;
    let agency = tx.context().officer()?.agency;
    let progress = model::dispute(&found.milestone()?, agency, &reason)?;
    let said = Said { reason: Some(reason), note: None };
    review(tx, &permit, found, progress, Deed::MilestoneDisputed, said)
}

/// Waives a milestone that is no longer expected, for a reason.
///
/// # Errors
/// Not found, forbidden or invalid; or it was reported or waived before.
pub fn waive(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: MilestoneId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::WaiveMilestone>(tx, case, id, planner)?;
    let WaiveMilestone { reason } = submission.read()?;
    let progress = model::waive(&found.milestone()?, &reason)?;
    let said = Said { reason: Some(reason.clone()), note: None };
    let found = Found { waived_reason: Some(reason), ..found };
    review(tx, &permit, found, progress, Deed::MilestoneWaived, said)
}

/// Whose milestone it is.
fn planner(owner: Owner) -> AgencyId {
    owner.planner
}

/// Whose report stands; of what was not reported, whose milestone it is.
fn reporter(owner: Owner) -> AgencyId {
    owner.reporter.unwrap_or(owner.planner)
}

/// The milestone `id` of the case, where the caller may do `A` to what belongs to the agency that `of` names.
fn see<A: Act>(
    view: &mut View<'_>,
    case: CaseId,
    id: MilestoneId,
    of: fn(Owner) -> AgencyId,
) -> Result<(Found, Permit<A>)> {
    let agency = view.context().officer()?.agency;
    let standing = standing::load(view, case)?;
    let owner = match standing {
        None => None,
        Some(_) => store::owner(view, case, id)?,
    };
    let facts = standing
        .zip(owner)
        .map(|(standing, owner)| OwnedFacts { case: standing, own: of(owner) == agency });
    let permit = view.permit(&Facts::Owned(facts))?;
    let found = store::find(view, &permit, id)?;
    found.map(|found| (found, permit)).ok_or_else(Error::not_found)
}

/// The same for a change: no other change of the case runs until this one has ended.
fn take<A: Act>(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: MilestoneId,
    of: fn(Owner) -> AgencyId,
) -> Result<(Found, Permit<A>)> {
    let seen = see(tx, case, id, of)?;
    if standing::hold(tx, case)? { see(tx, case, id, of) } else { Ok(seen) }
}

/// What a review says beside its verdict.
struct Said {
    reason: Option<Reason>,
    note: Option<String>,
}

fn review<A: Reviewing>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    found: Found,
    progress: Progress,
    deed: Deed,
    said: Said,
) -> Result<Change<Found>> {
    let officer = tx.context().officer()?;
    let row = found.row.moved(progress, tx.now());
    let review = ReviewRow {
        id: ReviewId::new(tx.now()),
        milestone_id: row.id,
        report_id: row.report_id,
        case_id: row.case_id,
        agency_id: officer.agency,
        user_id: officer.user,
        verdict: A::VERDICT,
        reason: said.reason,
        note: said.note,
        recorded_at: tx.now(),
    };
    store::review(tx, permit, &row, &review)?;
    let mut event =
        Event::in_case(row.case_id, deed, SubjectKind::Milestone, row.id).with("kind", row.kind);
    if let Some(report) = row.report_id {
        event = event.with("report", report);
    }
    let event = event
        .optional_text("reason", review.reason.as_ref().map(Reason::as_str))
        .optional_text("note", review.note.as_deref());
    Ok(Change::by(Found { row, ..found }, event))
}
