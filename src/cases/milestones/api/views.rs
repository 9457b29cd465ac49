//! How milestones are shown.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::milestones::model::{
    MilestoneKind, MilestoneStatus, ReportFlag, ReviewVerdict, status_at,
};
use crate::cases::milestones::position::Position;
use crate::cases::milestones::rows::{Found, ReportRow, ReviewRow};
use crate::cases::milestones::service::History;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, MilestoneId, ReportId, ReviewId, UserId};

/// A milestone, as it stands at the moment of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneView {
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
    /// Where it stands.
    pub status: MilestoneStatus,
    /// When it is expected.
    pub expected_at: Option<Instant>,
    /// Minutes after `expected_at` until it is overdue.
    pub tolerance_minutes: i32,
    /// Where it is expected; unplanned, where it happened.
    pub place: Option<String>,
    /// The IANA zone in which the time was told.
    pub time_zone: String,
    /// Where it is expected, in degrees; unplanned, where it happened.
    pub position: Option<Position>,
    /// What the plan says of it; unplanned, what the report says.
    pub note: Option<String>,
    /// The report that stands.
    pub report: Option<ReportView>,
    /// How many reports there are, duplicates and corrections included.
    pub report_count: i32,
    /// Why it was waived; stays when it happens after all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived_reason: Option<Reason>,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it changed last.
    pub updated_at: Instant,
}

/// A page of milestones.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneList {
    /// The milestones, in the order in which they were recorded.
    pub items: Vec<MilestoneView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A report of a milestone. It never changes; a correction supersedes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// The report.
    pub id: ReportId,
    /// The agency that made it.
    pub agency_id: AgencyId,
    /// Who made it.
    pub reported_by: UserId,
    /// When it happened.
    pub occurred_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Where it happened.
    pub place: Option<String>,
    /// The IANA zone in which the time was told.
    pub time_zone: String,
    /// Where it happened, in degrees.
    pub position: Option<Position>,
    /// What the report says of it.
    pub note: Option<String>,
    /// What is odd about it.
    pub flags: Vec<ReportFlag>,
    /// The report that stood when this one came as a second.
    pub duplicate_of: Option<ReportId>,
    /// The report that this one corrects.
    pub supersedes: Option<ReportId>,
    /// Why it corrects that one.
    pub reason: Option<Reason>,
}

/// What an agency said of a report, or that it waived the milestone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewView {
    /// The review.
    pub id: ReviewId,
    /// What is said.
    pub verdict: ReviewVerdict,
    /// The agency that says so.
    pub agency_id: AgencyId,
    /// Who says so.
    pub reviewed_by: UserId,
    /// Why; there with a dispute and a waiver.
    pub reason: Option<Reason>,
    /// What a confirmation adds.
    pub note: Option<String>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// A report with its place in the chain of corrections and what was said of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportHistory {
    /// The report.
    pub report: ReportView,
    /// The report that corrects this one.
    pub superseded_by: Option<ReportId>,
    /// Whether this is the report that stands.
    pub stands: bool,
    /// What was said of it.
    pub reviews: Vec<ReviewView>,
}

/// A page of a milestone's reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportList {
    /// The reports, in the order in which they came.
    pub items: Vec<ReportHistory>,
    /// The waiver of the milestone, if it was waived.
    pub waiver: Option<ReviewView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl MilestoneView {
    /// How `found` stands at `now`.
    ///
    /// # Errors
    /// A defect, when a reported milestone has no report.
    pub fn of(found: Found, now: Instant) -> Result<Self> {
        let status = status_at(&found.milestone()?, now);
        let Found { row, report, waived_reason } = found;
        let report = report.map(ReportView::from);
        let mut view = Self {
            id: row.id,
            case_id: row.case_id,
            agency_id: row.agency_id,
            kind: row.kind,
            planned: row.planned,
            status,
            expected_at: row.expected_at,
            tolerance_minutes: row.tolerance_minutes,
            place: row.place,
            time_zone: row.time_zone,
            position: row.position.map(|position| position.0),
            note: row.note,
            report: None,
            report_count: row.report_count,
            waived_reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        // Of what nobody planned the report that stands tells everything, so that a correction corrects it here too.
        if let (false, Some(report)) = (row.planned, &report) {
            view.place.clone_from(&report.place);
            view.time_zone.clone_from(&report.time_zone);
            view.position = report.position;
            view.note.clone_from(&report.note);
        }
        view.report = report;
        Ok(view)
    }
}

impl From<ReportRow> for ReportView {
    fn from(row: ReportRow) -> Self {
        Self {
            id: row.id,
            agency_id: row.agency_id,
            reported_by: row.user_id,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            place: row.place,
            time_zone: row.time_zone,
            position: row.position.map(|position| position.0),
            note: row.note,
            flags: row.flags.0,
            duplicate_of: row.duplicate_of_id,
            supersedes: row.supersedes_id,
            reason: row.reason,
        }
    }
}

impl From<ReviewRow> for ReviewView {
    fn from(row: ReviewRow) -> Self {
        Self {
            id: row.id,
            verdict: row.verdict,
            agency_id: row.agency_id,
            reviewed_by: row.user_id,
            reason: row.reason,
            note: row.note,
            recorded_at: row.recorded_at,
        }
    }
}

impl From<History> for ReportList {
    fn from(history: History) -> Self {
        let mut waiver = None;
        let mut reviews: HashMap<ReportId, Vec<ReviewView>> = HashMap::new();
        for review in history.reviews {
            match review.report_id {
                Some(report) => reviews.entry(report).or_default().push(review.into()),
                None => waiver = Some(review.into()),
            }
        }
        let page = history.page.map(|row| ReportHistory {
            superseded_by: history.successors.get(&row.id).copied(),
            stands: history.standing == Some(row.id),
            reviews: reviews.remove(&row.id).unwrap_or_default(),
            report: row.into(),
        });
        Self { items: page.items, waiver, next_cursor: page.next_cursor }
    }
}
