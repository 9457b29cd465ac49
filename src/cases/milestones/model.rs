//! Milestones and the rules of their reports.

use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::error::{Refusal, codes};
use crate::ids::{AgencyId, ReportId};
use crate::text_enum;

#[cfg(test)]
mod tests;

text_enum! {
    /// What is expected or happened.
    pub enum MilestoneKind {
        /// The consignment was detected.
        Detected = "detected",
        /// A sample was taken.
        Sampled = "sampled",
        /// Goods were substituted.
        Substituted = "substituted",
        /// A device was fitted.
        DeviceFitted = "device_fitted",
        /// Departure.
        Departed = "departed",
        /// Passed a checkpoint.
        Checkpoint = "checkpoint",
        /// Stopped on the way.
        Stopped = "stopped",
        /// The expected time of arrival changed.
        EtaChanged = "eta_changed",
        /// Arrived at the border.
        ArrivedBorder = "arrived_border",
        /// Left a country.
        Exited = "exited",
        /// Entered a country.
        Entered = "entered",
        /// Control was handed over.
        HandedOver = "handed_over",
        /// Arrived.
        Arrived = "arrived",
        /// Delivered to the recipient.
        Delivered = "delivered",
        /// Collected by the recipient.
        Collected = "collected",
        /// Agencies intervened.
        Intervened = "intervened",
        /// The goods were seized.
        Seized = "seized",
        /// People were arrested.
        Arrested = "arrested",
        /// Control was lost.
        ControlLost = "control_lost",
        /// Control was regained.
        ControlRegained = "control_regained",
    }
}

text_enum! {
    /// Where a milestone stands.
    pub enum MilestoneStatus {
        /// Not expected yet.
        Pending = "pending",
        /// Expected now.
        Due = "due",
        /// Expected before now, beyond its tolerance.
        Overdue = "overdue",
        /// Reported.
        Reported = "reported",
        /// Confirmed by another agency.
        Confirmed = "confirmed",
        /// Disputed by another agency.
        Disputed = "disputed",
        /// No longer expected.
        Waived = "waived",
    }
}

text_enum! {
    /// What is odd about a report. A flag stays.
    pub enum ReportFlag {
        /// The milestone had a report before; this one is linked to it.
        Duplicate = "duplicate",
        /// Recorded long after it happened.
        Late = "late",
        /// Said to have happened after it was recorded, beyond the allowed skew of clocks.
        Future = "future",
        /// Happened beyond the tolerance of the plan, so that the intervention decision was called for.
        BeyondTolerance = "beyond_tolerance",
        /// The milestone had been waived.
        Waived = "waived",
        /// The goods were replaced and not every country on the route had consented.
        WithoutConsent = "without_consent",
    }
}

text_enum! {
    /// What an agency said of a milestone.
    pub enum ReviewVerdict {
        /// The report is so.
        Confirmed = "confirmed",
        /// The report is not so.
        Disputed = "disputed",
        /// The milestone is no longer expected.
        Waived = "waived",
    }
}

/// What is known of a milestone beyond its plan. This is what is stored; pending, due and overdue come from the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was reported.
    Open,
    /// Reported, confirmed or disputed: the first report that was not superseded, and who made it.
    Reported {
        /// The report that stands.
        report: ReportId,
        /// The agency that made it.
        by: AgencyId,
        /// What the partners said of it.
        verdict: Verdict,
    },
    /// No longer expected.
    Waived,
}

/// What the partners said of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet.
    None,
    /// It is so.
    Confirmed,
    /// It is not so.
    Disputed,
}

/// A milestone, as far as its rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    /// When it is expected; `None` when it was not planned or has no time yet.
    pub expected_at: Option<Instant>,
    /// Minutes after `expected_at` until it is overdue.
    pub tolerance_minutes: u32,
    /// What is known.
    pub progress: Progress,
}

/// Limits that reports are held against, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportLimits {
    /// How far the clocks of the field may run ahead of the server's.
    pub allowed_skew: i64,
    /// From when on an entry counts as late.
    pub late_after: i64,
}

impl ReportLimits {
    /// Whether what happened at `occurred_at` is recorded late at `recorded_at`.
    #[must_use]
    pub fn is_late(self, occurred_at: Instant, recorded_at: Instant) -> bool {
        occurred_at.plus_seconds(self.late_after) < recorded_at
    }

    /// Whether it is said to have happened after it was recorded, by more than clocks may differ.
    #[must_use]
    pub fn is_ahead(self, occurred_at: Instant, recorded_at: Instant) -> bool {
        occurred_at > recorded_at.plus_seconds(self.allowed_skew)
    }
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The milestone's progress from now on.
    pub progress: Progress,
    /// The report that stood before; there on a second report.
    pub duplicate_of: Option<ReportId>,
    /// What is odd about it, in the order of the list.
    pub flags: Vec<ReportFlag>,
}

/// A report, as far as the rules of its correction ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportFacts {
    /// The report.
    pub id: ReportId,
    /// The report that superseded it.
    pub superseded_by: Option<ReportId>,
}

/// Where a milestone stands at `now`. While nothing was reported: `pending` before the expected time, `due` from then
/// until the tolerance has passed (both ends included), `overdue` after that. Without an expected time it is pending.
#[must_use]
pub fn status_at(milestone: &Milestone, now: Instant) -> MilestoneStatus {
    match milestone.progress {
        Progress::Waived => MilestoneStatus::Waived,
        Progress::Reported { verdict: Verdict::None, .. } => MilestoneStatus::Reported,
        Progress::Reported { verdict: Verdict::Confirmed, .. } => MilestoneStatus::Confirmed,
        Progress::Reported { verdict: Verdict::Disputed, .. } => MilestoneStatus::Disputed,
        Progress::Open => match (milestone.expected_at, overdue_after(milestone)) {
            (Some(expected), _) if now < expected => MilestoneStatus::Pending,
            (Some(_), Some(end)) if now > end => MilestoneStatus::Overdue,
            (Some(_), _) => MilestoneStatus::Due,
            (None, _) => MilestoneStatus::Pending,
        },
    }
}

/// The last moment at which the milestone is not overdue.
#[must_use]
pub fn overdue_after(milestone: &Milestone) -> Option<Instant> {
    milestone.expected_at.map(|at| at.plus_seconds(i64::from(milestone.tolerance_minutes) * 60))
}

/// Takes the report `id` of what `by` says happened at `occurred_at`. A fact: it cannot be refused. The first report
/// stands; a further one is linked to it and flagged, and changes nothing else. A waived milestone that happens after
/// all is reported.
#[must_use]
pub fn report(
    milestone: &Milestone,
    id: ReportId,
    by: AgencyId,
    occurred_at: Instant,
    recorded_at: Instant,
    limits: ReportLimits,
) -> Reported {
    let (progress, duplicate_of) = match milestone.progress {
        Progress::Open | Progress::Waived => {
            (Progress::Reported { report: id, by, verdict: Verdict::None }, None)
        }
        standing @ Progress::Reported { report, .. } => (standing, Some(report)),
    };
    let mut flags = Vec::new();
    flags.extend(duplicate_of.map(|_| ReportFlag::Duplicate));
    flags.extend(timing_flags(milestone, occurred_at, recorded_at, limits));
    flags.extend((milestone.progress == Progress::Waived).then_some(ReportFlag::Waived));
    Reported { progress, duplicate_of, flags }
}

/// What is odd about the times of a report or a correction, in the order of the list.
#[must_use]
pub fn timing_flags(
    milestone: &Milestone,
    occurred_at: Instant,
    recorded_at: Instant,
    limits: ReportLimits,
) -> Vec<ReportFlag> {
    let late = limits.is_late(occurred_at, recorded_at);
    let future = limits.is_ahead(occurred_at, recorded_at);
    let beyond = overdue_after(milestone).is_some_and(|end| occurred_at > end);
    let flags = [
        (late, ReportFlag::Late),
        (future, ReportFlag::Future),
        (beyond, ReportFlag::BeyondTolerance),
    ];
    flags.into_iter().filter_map(|(odd, flag)| odd.then_some(flag)).collect()
}

/// Confirms the report that stands. A command.
///
/// # Errors
/// When there is no report without a verdict, or it is the own agency's.
pub fn confirm(milestone: &Milestone, by: AgencyId) -> Result<Progress, Refusal> {
    judge(milestone, by, Verdict::Confirmed)
}

/// Disputes the report that stands, for a reason. A command. A correction that supersedes the report settles it.
///
/// # Errors
/// When there is no report without a verdict, or it is the own agency's.
pub fn dispute(milestone: &Milestone, by: AgencyId, _reason: &Reason) -> Result<Progress, Refusal> {
    judge(milestone, by, Verdict::Disputed)
}

fn judge(milestone: &Milestone, judge: AgencyId, verdict: Verdict) -> Result<Progress, Refusal> {
    let detail = match milestone.progress {
        Progress::Reported { by, verdict: Verdict::None, .. } if by == judge => {
            "Your own agency made this report; partners confirm or dispute it, you correct it."
        }
        Progress::Reported { report, by, verdict: Verdict::None } => {
            return Ok(Progress::Reported { report, by, verdict });
        }
        Progress::Reported { verdict: Verdict::Confirmed, .. } => {
            "The report is confirmed already."
        }
        Progress::Reported { verdict: Verdict::Disputed, .. } => {
            "The report is disputed; a correction that supersedes it settles that."
        }
        Progress::Open => "Nothing was reported of this milestone yet.",
        Progress::Waived => "This milestone was waived.",
    };
    Err(Refusal::new(&codes::STATE, detail))
}

/// Waives a milestone, for a reason. A command.
///
/// # Errors
/// When it was reported or waived before.
pub fn waive(milestone: &Milestone, _reason: &Reason) -> Result<Progress, Refusal> {
    match milestone.progress {
        Progress::Open => Ok(Progress::Waived),
        Progress::Reported { .. } => {
            Err(Refusal::new(&codes::STATE, "What was reported is not waived; correct the report."))
        }
        Progress::Waived => Err(Refusal::new(&codes::STATE, "This milestone was waived already.")),
    }
}

/// The report that stands and can be corrected.
///
/// # Errors
/// When nothing was reported.
pub fn standing_report(milestone: &Milestone) -> Result<ReportId, Refusal> {
    match milestone.progress {
        Progress::Reported { report, .. } => Ok(report),
        Progress::Open | Progress::Waived => {
            Err(Refusal::new(&codes::STATE, "Nothing was reported of this milestone yet."))
        }
    }
}

/// Corrects the report `old` by the report `new` of the agency `by`, for a reason. A command. Where `old` was the
/// report that stood, `new` stands in its place and waits for the partners' verdict again.
///
/// # Errors
/// When `old` was superseded before (invariant 18).
pub fn supersede(
    milestone: &Milestone,
    old: ReportFacts,
    new: ReportId,
    by: AgencyId,
    _reason: &Reason,
) -> Result<Progress, Refusal> {
    if let Some(successor) = old.superseded_by {
        let detail = format!("This report was superseded by {successor}; correct that one.");
        return Err(Refusal::new(&codes::INVARIANT_18, detail));
    }
    match milestone.progress {
        Progress::Reported { report, .. } if report == old.id => {
            Ok(Progress::Reported { report: new, by, verdict: Verdict::None })
        }
        standing => Ok(standing),
    }
}
