//! What was planned and is due or overdue, and reported changes of the time of arrival.

use diesel::prelude::*;

use super::{Holders, OVER, of};
use crate::access::{Permit, act};
use crate::cases::milestones::model::{MilestoneKind, MilestoneStatus};
use crate::clock::Instant;
use crate::db::schema::{cases, milestone_reports, milestones};
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, MilestoneId};
use crate::watch::model::{AlertKind, Cause};

/// Milestones that are due or overdue, and reports that somebody has to know of at once.
pub(super) fn milestones(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    type Row = (MilestoneId, CaseId, AgencyId, AgencyId, Option<Instant>, Option<Instant>);
    let now = view.now();
    let open: Vec<Row> = milestones::table
        .inner_join(cases::table.on(cases::id.eq(milestones::case_id)))
        .filter(milestones::status.eq(MilestoneStatus::Pending))
        .filter(milestones::expected_at.le(now))
        .filter(cases::status.ne_all(OVER))
        .select((
            milestones::id,
            milestones::case_id,
            milestones::agency_id,
            cases::lead_agency_id,
            milestones::expected_at,
            milestones::overdue_after,
        ))
        .all(view)?;
    let mut causes = Vec::new();
    for (id, case, agency, lead, expected, end) in open {
        let (kind, since) = match end {
            Some(end) if now > end => (AlertKind::MilestoneOverdue, end),
            _ => (AlertKind::MilestoneDue, expected.unwrap_or(now)),
        };
        causes.extend(of(case, [agency, lead], kind, id.uuid(), since));
    }
    causes.extend(reported(view, permit, holders)?);
    Ok(causes)
}

/// Reports that somebody has to know of at once: another time of arrival, and that control is lost. A correction is told of
/// anew.
fn reported(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    type Row = (MilestoneId, CaseId, MilestoneKind, AgencyId, AgencyId, Instant);
    let told: Vec<Row> = milestones::table
        .inner_join(
            milestone_reports::table.on(milestones::report_id.eq(milestone_reports::id.nullable())),
        )
        .inner_join(cases::table.on(cases::id.eq(milestones::case_id)))
        .filter(milestones::kind.eq_any([MilestoneKind::EtaChanged, MilestoneKind::ControlLost]))
        .filter(cases::status.ne_all(OVER))
        .select((
            milestones::id,
            milestones::case_id,
            milestones::kind,
            milestone_reports::agency_id,
            cases::lead_agency_id,
            milestone_reports::recorded_at,
        ))
        .all(view)?;
    let cause = |(id, case, what, reporter, lead, since): Row| match what {
        MilestoneKind::ControlLost => {
            let told = holders.and(case, [reporter, lead]);
            of(case, told, AlertKind::ControlIrregular, id.uuid(), since)
        }
        _ => of(case, [lead], AlertKind::EtaChanged, id.uuid(), since),
    };
    Ok(told.into_iter().flat_map(cause).collect())
}
