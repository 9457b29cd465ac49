//! What is sent about milestones.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::cases::milestones::model::MilestoneKind;
use crate::cases::milestones::position::Position;
use crate::cases::reason::Reason;
use crate::clock::Instant;

/// A milestone: planned, with the time at which it is expected; or unplanned, with the time at which it happened. One
/// of the two times is there and never both, because nobody expected what was not planned.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "arrived_border", "expected_at": "2026-03-01T04:30:00Z", "tolerance_minutes": 45,
    "place": "Ak-Jol crossing", "time_zone": "Asia/Bishkek", "note": "Lane for lorries"
}))]
pub struct PostMilestone {
    /// What is expected or happened.
    pub kind: MilestoneKind,
    /// When it is expected.
    pub expected_at: Option<Instant>,
    /// Minutes after `expected_at` until it is overdue; 60 unless said.
    #[schema(minimum = 0, maximum = 10080)]
    pub tolerance_minutes: Option<i64>,
    /// When it happened.
    pub occurred_at: Option<Instant>,
    /// Where.
    #[schema(max_length = 200)]
    pub place: Option<String>,
    /// The IANA zone in which the time is told; your agency's unless said.
    pub time_zone: Option<String>,
    /// Where, in degrees.
    pub position: Option<Position>,
    /// Anything else.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// What happened of a milestone.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "occurred_at": "2026-03-01T04:42:00Z", "place": "Ak-Jol crossing",
    "position": {"latitude": "42.8746", "longitude": "74.5698"}, "note": "One driver, seals intact"
}))]
pub struct ReportMilestone {
    /// When it happened.
    pub occurred_at: Instant,
    /// Where.
    #[schema(max_length = 200)]
    pub place: Option<String>,
    /// The IANA zone in which the time is told; your agency's unless said.
    pub time_zone: Option<String>,
    /// Where, in degrees.
    pub position: Option<Position>,
    /// Anything else.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// A correction: the whole report as it should have been, and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reason": "The time was read from the wrong camera", "occurred_at": "2026-03-01T04:24:00Z",
    "place": "Ak-Jol crossing"
}))]
pub struct SupersedeReport {
    /// Why the report is corrected.
    pub reason: Reason,
    /// When it happened.
    pub occurred_at: Instant,
    /// Where.
    #[schema(max_length = 200)]
    pub place: Option<String>,
    /// The IANA zone in which the time is told; your agency's unless said.
    pub time_zone: Option<String>,
    /// Where, in degrees.
    pub position: Option<Position>,
    /// Anything else.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// That a report is so.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "Seen on our side as well"}))]
pub struct ConfirmMilestone {
    /// Anything to add.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// That a report is not so.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Our post saw another lorry"}))]
pub struct DisputeMilestone {
    /// Why.
    pub reason: Reason,
}

/// That a milestone is no longer expected.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The route avoids this checkpoint"}))]
pub struct WaiveMilestone {
    /// Why.
    pub reason: Reason,
}

/// Which milestones are listed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MilestoneParams {
    /// That stand so now: `pending`, `due`, `overdue`, `reported`, `confirmed`, `disputed`, `waived`.
    pub status: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// How many at the most.
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which page of a milestone's reports is listed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ReportParams {
    /// How many at the most.
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}
