//! The rows of milestones, reports and reviews.

use diesel::prelude::*;

use crate::cases::milestones::model::{
    Milestone, MilestoneKind, MilestoneStatus, Progress, ReportFlag, ReviewVerdict, Verdict,
};
use crate::cases::milestones::position::Position;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::db::schema::{milestone_reports, milestone_reviews, milestones};
use crate::db::types::Json;
use crate::error::{Error, Result};
use crate::ids::{AgencyId, CaseId, MilestoneId, ReportId, ReviewId, UserId};

/// A milestone's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = milestones, treat_none_as_default_value = false)]
pub struct MilestoneRow {
    /// The milestone.
    pub id: MilestoneId,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that planned it, or reported it unplanned.
    pub agency_id: AgencyId,
    /// What is expected or happened.
    pub kind: MilestoneKind,
    /// Whether it was planned before it was reported.
    pub planned: bool,
    /// When it is expected; none when unplanned.
    pub expected_at: Option<Instant>,
    /// Minutes after `expected_at` until it is overdue.
    pub tolerance_minutes: i32,
    /// The last moment at which it is not overdue: `expected_at` and the tolerance, added once for both databases.
    pub overdue_after: Option<Instant>,
    /// Where it is expected; none when unplanned: its report says where.
    pub place: Option<String>,
    /// The zone in which the times were told.
    pub time_zone: String,
    /// Where it is expected, in degrees.
    pub position: Option<Json<Position>>,
    /// What the plan says of it.
    pub note: Option<String>,
    /// How far it has come; `pending` stands for everything that the clock tells apart.
    pub status: MilestoneStatus,
    /// The report that stands.
    pub report_id: Option<ReportId>,
    /// How many reports there are, duplicates and corrections included.
    pub report_count: i32,
    /// Counts the changes of this row.
    pub version: i64,
    /// Who planned it, or reported it unplanned.
    pub created_by: UserId,
    /// When that was.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
}

/// A report's row. It never changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = milestone_reports, treat_none_as_default_value = false)]
pub struct ReportRow {
    /// The report.
    pub id: ReportId,
    /// Its milestone.
    pub milestone_id: MilestoneId,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that made it.
    pub agency_id: AgencyId,
    /// Who made it.
    pub user_id: UserId,
    /// When it happened.
    pub occurred_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Where it happened.
    pub place: Option<String>,
    /// The zone in which the time was told.
    pub time_zone: String,
    /// Where it happened, in degrees.
    pub position: Option<Json<Position>>,
    /// What the report says of it.
    pub note: Option<String>,
    /// What is odd about it.
    pub flags: Json<Vec<ReportFlag>>,
    /// The report that stood when this one came as a second.
    pub duplicate_of_id: Option<ReportId>,
    /// The report that this one corrects.
    pub supersedes_id: Option<ReportId>,
    /// Why it corrects that one.
    pub reason: Option<Reason>,
}

/// The row of a review: a verdict on a report, or a waiver. It never changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = milestone_reviews, treat_none_as_default_value = false)]
pub struct ReviewRow {
    /// The review.
    pub id: ReviewId,
    /// Its milestone.
    pub milestone_id: MilestoneId,
    /// The report that it judges; none for a waiver.
    pub report_id: Option<ReportId>,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that says so.
    pub agency_id: AgencyId,
    /// Who says so.
    pub user_id: UserId,
    /// What is said.
    pub verdict: ReviewVerdict,
    /// Why; there with a dispute and a waiver.
    pub reason: Option<Reason>,
    /// What a confirmation adds.
    pub note: Option<String>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// A milestone with the report that stands and why it was waived.
#[derive(Debug, Clone)]
pub struct Found {
    /// The milestone.
    pub row: MilestoneRow,
    /// The report that stands.
    pub report: Option<ReportRow>,
    /// Why it was waived; stays when it happens after all.
    pub waived_reason: Option<Reason>,
}

impl MilestoneRow {
    /// The row with `progress` in it, changed at `now`.
    #[must_use]
    pub fn moved(mut self, progress: Progress, now: Instant) -> Self {
        (self.status, self.report_id) = match progress {
            Progress::Open => (MilestoneStatus::Pending, None),
            Progress::Waived => (MilestoneStatus::Waived, None),
            Progress::Reported { report, verdict, .. } => {
                let status = match verdict {
                    Verdict::None => MilestoneStatus::Reported,
                    Verdict::Confirmed => MilestoneStatus::Confirmed,
                    Verdict::Disputed => MilestoneStatus::Disputed,
                };
                (status, Some(report))
            }
        };
        self.version += 1;
        self.updated_at = now;
        self
    }
}

impl Found {
    /// The milestone as its rules see it.
    ///
    /// # Errors
    /// A defect, when a reported milestone has no report.
    pub fn milestone(&self) -> Result<Milestone> {
        let reported = |verdict| match &self.report {
            Some(report) => {
                Ok(Progress::Reported { report: report.id, by: report.agency_id, verdict })
            }
            None => Err(Error::internal("a reported milestone has no report")),
        };
        Ok(Milestone {
            expected_at: self.row.expected_at,
            tolerance_minutes: self.row.tolerance_minutes.unsigned_abs(),
            progress: match self.row.status {
                MilestoneStatus::Reported => reported(Verdict::None)?,
                MilestoneStatus::Confirmed => reported(Verdict::Confirmed)?,
                MilestoneStatus::Disputed => reported(Verdict::Disputed)?,
                MilestoneStatus::Waived => Progress::Waived,
                MilestoneStatus::Pending | MilestoneStatus::Due | MilestoneStatus::Overdue => {
                    Progress::Open
                }
            },
        })
    }
}
