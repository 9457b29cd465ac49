//! What was planned and is due or overdue, and reported changes of the time of arrival.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{AT_ONCE, Holders, WATCHED, of};
use crate::access::{Permit, act};
use crate::cases::legs::model::{LegStatus, Plan};
use crate::cases::milestones::model::{MilestoneKind, MilestoneStatus};
use crate::clock::Instant;
use crate::db::schema::{cases, handovers, legs, milestone_reports, milestones};
use crate::db::types::Json;
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
        .filter(cases::status.eq_any(WATCHED))
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
        let (kind, since, told) = match end {
            // Whoever is in control decides whether to intervene.
            Some(end) if now > end => {
                (AlertKind::MilestoneOverdue, end, holders.and(case, [agency, lead]))
            }
            _ => (AlertKind::MilestoneDue, expected.unwrap_or(now), vec![agency, lead]),
        };
        causes.extend(of(case, told, kind, id.uuid(), since));
    }
    causes.extend(reported(view, permit, holders)?);
    Ok(causes)
}

/// Reports that somebody has to know of at once: that control is lost; and another time of arrival, for the lead, whoever is
/// in control and whoever waits for the goods, but not for the agency that says so. A correction is told of anew.
fn reported(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    type Row = (MilestoneId, CaseId, MilestoneKind, AgencyId, AgencyId, Instant);
    let told: Vec<Row> = milestones::table
        .inner_join(
            milestone_reports::table.on(milestones::report_id.eq(milestone_reports::id.nullable())),
        )
        .inner_join(cases::table.on(cases::id.eq(milestones::case_id)))
        .filter(milestones::kind.eq_any([MilestoneKind::EtaChanged, MilestoneKind::ControlLost]))
        .filter(cases::status.eq_any(WATCHED))
        .select((
            milestones::id,
            milestones::case_id,
            milestones::kind,
            milestone_reports::agency_id,
            cases::lead_agency_id,
            milestone_reports::recorded_at,
        ))
        .all(view)?;
    let other_time = told.iter().filter(|row| row.2 == MilestoneKind::EtaChanged);
    let waiting = waiting(view, permit, &other_time.map(|row| row.1).collect())?;
    let cause = |(id, case, what, reporter, lead, since): Row| {
        if what == MilestoneKind::ControlLost {
            let told = holders.and(case, [reporter, lead]);
            return of(case, told, AlertKind::ControlIrregular, id.uuid(), since);
        }
        let waiting = waiting.get(&case).into_iter().flatten().copied();
        let mut told = holders.and(case, waiting.chain([lead]));
        told.retain(|agency| *agency != reporter);
        of(case, told, AlertKind::EtaChanged, id.uuid(), since)
    };
    Ok(told.into_iter().flat_map(cause).collect())
}

/// Who waits for the goods of some cases: who planned the leg under way or answers for it, or the next one where none is;
/// and who is to take goods over.
fn waiting(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    cases: &BTreeSet<CaseId>,
) -> Result<BTreeMap<CaseId, BTreeSet<AgencyId>>> {
    type Planned = (CaseId, AgencyId, LegStatus, Json<Plan>);
    let cases: Vec<CaseId> = cases.iter().copied().collect();
    let mut waiting: BTreeMap<CaseId, BTreeSet<AgencyId>> = BTreeMap::new();
    for some in cases.chunks(AT_ONCE) {
        let receivers: Vec<(CaseId, AgencyId)> = handovers::table
            .filter(handovers::case_id.eq_any(some.to_vec()))
            .filter(handovers::open)
            .select((handovers::case_id, handovers::to_agency_id))
            .all(view)?;
        for (case, receiver) in receivers {
            waiting.entry(case).or_default().insert(receiver);
        }
        let legs: Vec<Planned> = legs::table
            .filter(legs::case_id.eq_any(some.to_vec()))
            .filter(legs::removed_at.is_null())
            .select((legs::case_id, legs::agency_id, legs::status, legs::plan))
            .order((legs::case_id, legs::sequence))
            .all(view)?;
        for route in legs.chunk_by(|one, other| one.0 == other.0) {
            let travelled: Vec<&Planned> =
                route.iter().filter(|leg| leg.2.is_under_way()).collect();
            let next = route.iter().find(|leg| leg.2.is_ahead()).filter(|_| travelled.is_empty());
            for (case, planner, _, Json(plan)) in travelled.into_iter().chain(next) {
                let responsible = plan.responsible.iter().map(|responsible| responsible.agency_id);
                waiting.entry(*case).or_default().extend(responsible.chain([*planner]));
            }
        }
    }
    Ok(waiting)
}
