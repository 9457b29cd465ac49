//! What was planned and is due or overdue, and reported changes of the time of arrival.

use diesel::prelude::*;

use super::{OVER, of};
use crate::access::{Permit, act};
use crate::cases::milestones::model::{MilestoneKind, MilestoneStatus};
use crate::clock::Instant;
use crate::db::schema::{cases, milestones};
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, MilestoneId};
use crate::watch::model::{AlertKind, Cause};

/// Milestones that are due or overdue, and reported changes of the time of arrival.
pub(super) fn milestones(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
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
    let changed: Vec<(MilestoneId, CaseId, AgencyId, Instant)> = milestones::table
        .inner_join(cases::table.on(cases::id.eq(milestones::case_id)))
        .filter(milestones::kind.eq(MilestoneKind::EtaChanged))
        .filter(milestones::report_id.is_not_null())
        .filter(cases::status.ne_all(OVER))
        .select((
            milestones::id,
            milestones::case_id,
            cases::lead_agency_id,
            milestones::updated_at,
        ))
        .all(view)?;
    for (id, case, lead, since) in changed {
        causes.extend(of(case, [lead], AlertKind::EtaChanged, id.uuid(), since));
    }
    Ok(causes)
}
