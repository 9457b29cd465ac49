//! Queries over milestones, their reports and their reviews.

use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::access::{Act, Permit, act};
use crate::cases::milestones::model::{MilestoneKind, MilestoneStatus, ReviewVerdict};
use crate::cases::milestones::rows::{Found, MilestoneRow, ReportRow, ReviewRow};
use crate::cases::reason::Reason;
use crate::db::schema::{milestone_reports, milestone_reviews, milestones};
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, MilestoneId, ReportId};

/// Which milestones of a case are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// That stand so at the moment of the request.
    pub status: Option<MilestoneStatus>,
    /// Of this kind.
    pub kind: Option<MilestoneKind>,
}

/// A milestone with what belongs to it, as one statement gives it.
type Joined = (MilestoneRow, Option<ReportRow>, Option<Reason>);

fn found((row, report, waived_reason): Joined) -> Found {
    Found { row, report, waived_reason }
}

/// Milestones, each with the report that stands and the reason of its waiver, of which there is one at most.
macro_rules! joined {
    () => {
        milestones::table
            .left_join(
                milestone_reports::table
                    .on(milestones::report_id.eq(milestone_reports::id.nullable())),
            )
            .left_join(
                milestone_reviews::table.on(milestone_reviews::milestone_id
                    .eq(milestones::id)
                    .and(milestone_reviews::verdict.eq(ReviewVerdict::Waived))),
            )
            .select((
                columns::<MilestoneRow>(),
                columns::<Option<ReportRow>>(),
                milestone_reviews::reason.nullable(),
            ))
    };
}

/// Whose a milestone is, as far as access to it asks.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Owner {
    /// The agency that planned it, or reported it unplanned.
    pub planner: AgencyId,
    /// The agency whose report stands.
    pub reporter: Option<AgencyId>,
}

/// Whose the milestone `id` of the case is, for the facts that access rests on.
///
/// # Errors
/// When the database fails.
pub fn owner(view: &mut View<'_>, case: CaseId, id: MilestoneId) -> Result<Option<Owner>> {
    milestones::table
        .left_join(
            milestone_reports::table.on(milestones::report_id.eq(milestone_reports::id.nullable())),
        )
        .filter(milestones::id.eq(id))
        .filter(milestones::case_id.eq(case))
        .select((milestones::agency_id, milestone_reports::agency_id.nullable()))
        .maybe(view)
}

/// The milestone `id` of the case.
///
/// # Errors
/// When the database fails.
pub fn find<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: MilestoneId,
) -> Result<Option<Found>> {
    let row: Option<Joined> = joined!()
        .filter(milestones::id.eq(id))
        .filter(milestones::case_id.eq(permit.case()?))
        .maybe(view)?;
    Ok(row.map(found))
}

/// A page of the case's milestones, in the order in which they were recorded. Where a milestone stands is judged at
/// the moment of the request.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
    filter: Filter,
    page: Page,
) -> Result<PageOf<Found>> {
    use MilestoneStatus::{Due, Overdue, Pending};
    let now = view.now();
    let after = page.after.map_or(MilestoneId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let stored = filter.status.map(|status| match status {
        Due | Overdue => Pending,
        other => other,
    });
    let unless = |status| yes(filter.status != Some(status));
    let rows: Vec<Joined> = joined!()
        .filter(milestones::case_id.eq(permit.case()?))
        .filter(milestones::id.gt(after))
        .filter(yes(stored.is_none()).or(milestones::status.nullable().eq(stored)))
        .filter(
            unless(Pending)
                .or(milestones::expected_at.is_null().or(milestones::expected_at.gt(now))),
        )
        .filter(
            unless(Due).or(milestones::expected_at.le(now).and(milestones::overdue_after.ge(now))),
        )
        .filter(unless(Overdue).or(milestones::overdue_after.lt(now)))
        .filter(yes(filter.kind.is_none()).or(milestones::kind.nullable().eq(filter.kind)))
        .order(milestones::id)
        .limit(page.fetch())
        .all(view)?;
    let rows = rows.into_iter().map(found).collect();
    Ok(page.cut(rows, |found: &Found| Cursor::after_id(found.row.id)))
}

/// A condition that is the same for every row.
fn yes(condition: bool) -> diesel::dsl::AsExprOf<bool, Bool> {
    condition.into_sql::<Bool>()
}

/// A page of the reports of a milestone of the permit's case, in the order in which they came.
///
/// # Errors
/// When the database fails.
pub fn reports(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
    milestone: MilestoneId,
    page: Page,
) -> Result<PageOf<ReportRow>> {
    let after = page.after.map_or(ReportId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = milestone_reports::table
        .filter(milestone_reports::case_id.eq(permit.case()?))
        .filter(milestone_reports::milestone_id.eq(milestone))
        .filter(milestone_reports::id.gt(after))
        .select(columns::<ReportRow>())
        .order(milestone_reports::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &ReportRow| Cursor::after_id(row.id)))
}

/// Which of `reports` were superseded, each with the report that took its place.
///
/// # Errors
/// When the database fails.
pub fn successors(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
    reports: &[ReportId],
) -> Result<Vec<(Option<ReportId>, ReportId)>> {
    milestone_reports::table
        .filter(milestone_reports::case_id.eq(permit.case()?))
        .filter(milestone_reports::supersedes_id.eq_any(reports.to_vec()))
        .select((milestone_reports::supersedes_id, milestone_reports::id))
        .all(view)
}

/// What was said of `reports`, and the waiver of the milestone.
///
/// # Errors
/// When the database fails.
pub fn reviews(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
    milestone: MilestoneId,
    reports: &[ReportId],
) -> Result<Vec<ReviewRow>> {
    milestone_reviews::table
        .filter(milestone_reviews::case_id.eq(permit.case()?))
        .filter(milestone_reviews::milestone_id.eq(milestone))
        .filter(
            milestone_reviews::report_id
                .is_null()
                .or(milestone_reviews::report_id.eq_any(reports.to_vec())),
        )
        .select(columns::<ReviewRow>())
        .order(milestone_reviews::id)
        .all(view)
}

/// Keeps a new plan in the permit's case.
///
/// # Errors
/// When the database fails.
pub fn plan(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PlanMilestone>,
    row: &MilestoneRow,
) -> Result<()> {
    insert(tx, permit, row)
}

/// Keeps a milestone that nobody had planned, with its report, in the permit's case.
///
/// # Errors
/// When the database fails.
pub fn report_unplanned(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportMilestone>,
    row: &MilestoneRow,
    report: &ReportRow,
) -> Result<()> {
    insert(tx, permit, row)?;
    insert_report(tx, permit, report)
}

/// Keeps a report, and what became of its milestone.
///
/// # Errors
/// When the database fails.
pub fn report(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportMilestone>,
    row: &MilestoneRow,
    report: &ReportRow,
) -> Result<()> {
    insert_report(tx, permit, report)?;
    update(tx, permit, row)
}

/// Keeps a correction, and what became of its milestone.
///
/// # Errors
/// When the database fails.
pub fn supersede(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SupersedeReport>,
    row: &MilestoneRow,
    report: &ReportRow,
) -> Result<()> {
    insert_report(tx, permit, report)?;
    update(tx, permit, row)
}

/// An act by which an agency says something of a milestone or its report.
pub trait Reviewing: Act {
    /// What it says.
    const VERDICT: ReviewVerdict;
}

impl Reviewing for act::ConfirmMilestone {
    const VERDICT: ReviewVerdict = ReviewVerdict::Confirmed;
}

impl Reviewing for act::DisputeMilestone {
    const VERDICT: ReviewVerdict = ReviewVerdict::Disputed;
}

impl Reviewing for act::WaiveMilestone {
    const VERDICT: ReviewVerdict = ReviewVerdict::Waived;
}

/// Keeps a review with the verdict that the permit allows, and what became of its milestone.
///
/// # Errors
/// When the database fails.
pub fn review<A: Reviewing>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &MilestoneRow,
    review: &ReviewRow,
) -> Result<()> {
    let review = ReviewRow { case_id: permit.case()?, verdict: A::VERDICT, ..review.clone() };
    diesel::insert_into(milestone_reviews::table).values(review).run(tx)?;
    update(tx, permit, row)
}

fn insert<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &MilestoneRow) -> Result<()> {
    let row = MilestoneRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(milestones::table).values(row).run(tx)?;
    Ok(())
}

fn insert_report<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &ReportRow) -> Result<()> {
    let row = ReportRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(milestone_reports::table).values(row).run(tx)?;
    Ok(())
}

fn update<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &MilestoneRow) -> Result<()> {
    diesel::update(milestones::table)
        .filter(milestones::id.eq(row.id))
        .filter(milestones::case_id.eq(permit.case()?))
        .set((
            milestones::status.eq(row.status),
            milestones::report_id.eq(row.report_id),
            milestones::report_count.eq(row.report_count),
            milestones::version.eq(row.version),
            milestones::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}
