//! Who is in control, and handovers.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{UNSETTLED, of};
use crate::access::{Permit, act};
use crate::cases::control::handover::HandoverFlag;
use crate::cases::control::model::ControlFlag;
use crate::clock::Instant;
use crate::db::schema::{cases, control_periods, control_reports, handovers};
use crate::db::types::Json;
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, ConsignmentId, HandoverId};
use crate::watch::model::{AlertKind, Cause};

/// Who is in control of something, by case.
pub(super) struct Holders(BTreeMap<CaseId, BTreeSet<AgencyId>>);

impl Holders {
    /// Loads who is in control now.
    pub(super) fn load(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Self> {
        let rows: Vec<(CaseId, AgencyId)> = control_periods::table
            .filter(control_periods::ended_at.is_null())
            .select((control_periods::case_id, control_periods::agency_id))
            .all(view)?;
        let mut holders: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (case, agency) in rows {
            holders.entry(case).or_default().insert(agency);
        }
        Ok(Self(holders))
    }

    /// Who is in control in a case, and `others`.
    pub(super) fn and(
        &self,
        case: CaseId,
        others: impl IntoIterator<Item = AgencyId>,
    ) -> Vec<AgencyId> {
        let holders = self.0.get(&case).into_iter().flatten().copied();
        holders.chain(others).collect()
    }
}

/// Control that is lost: for whoever answers for the goods, and for the lead.
pub(super) fn lost(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let now = view.now();
    let lost: Vec<(ConsignmentId, CaseId, AgencyId, AgencyId, Option<Instant>)> =
        control_periods::table
            .inner_join(cases::table.on(cases::id.eq(control_periods::case_id)))
            .filter(control_periods::lost_at.is_not_null())
            .filter(control_periods::ended_at.is_null())
            .select((
                control_periods::consignment_id,
                control_periods::case_id,
                control_periods::agency_id,
                cases::lead_agency_id,
                control_periods::lost_at,
            ))
            .all(view)?;
    let mut causes = Vec::new();
    for (id, case, holder, lead, since) in lost {
        let kind = AlertKind::ControlLost;
        causes.extend(of(case, [holder, lead], kind, id.uuid(), since.unwrap_or(now)));
    }
    Ok(causes)
}

/// Handovers that nobody accepted in their window: for both sides.
pub(super) fn unaccepted(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Waiting = (HandoverId, CaseId, Option<AgencyId>, AgencyId, Option<Instant>);
    let now = view.now();
    let waiting: Vec<Waiting> = handovers::table
        .filter(handovers::open)
        .filter(handovers::window_until.lt(now))
        .select((
            handovers::id,
            handovers::case_id,
            handovers::from_agency_id,
            handovers::to_agency_id,
            handovers::window_until,
        ))
        .all(view)?;
    let mut causes = Vec::new();
    for (id, case, from, to, since) in waiting {
        let sides = from.into_iter().chain([to]);
        let kind = AlertKind::HandoverUnaccepted;
        causes.extend(of(case, sides, kind, id.uuid(), since.unwrap_or(now)));
    }
    Ok(causes)
}

/// What is not as it should be with who is in control (invariants 4, 6, 11 and 17): handovers with a difference, by a
/// foreign agency or in an emergency, and reports about goods of which nobody was in control.
pub(super) fn irregular(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    let mut causes = irregular_handovers(view, permit)?;
    causes.extend(irregular_reports(view, permit, holders)?);
    Ok(causes)
}

fn irregular_handovers(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Row = (
        (HandoverId, CaseId, Option<AgencyId>, AgencyId, AgencyId),
        (Instant, Json<Vec<HandoverFlag>>),
    );
    let rows: Vec<Row> = handovers::table
        .inner_join(cases::table.on(cases::id.eq(handovers::case_id)))
        .filter(handovers::flags.ne("[]"))
        .filter(cases::status.eq_any(UNSETTLED))
        .select((
            (
                handovers::id,
                handovers::case_id,
                handovers::from_agency_id,
                handovers::to_agency_id,
                cases::lead_agency_id,
            ),
            (handovers::updated_at, handovers::flags),
        ))
        .all(view)?;
    // What says only that it was told late, or told twice, calls nobody.
    let grave = |flag: &HandoverFlag| {
        use HandoverFlag::{Future, Late, RecordedLate, Repeated};
        !matches!(flag, RecordedLate | Repeated | Late | Future)
    };
    let mut causes = Vec::new();
    for ((id, case, from, to, lead), (since, flags)) in rows {
        if flags.0.iter().any(grave) {
            let agencies = from.into_iter().chain([to, lead]);
            causes.extend(of(case, agencies, AlertKind::ControlIrregular, id.uuid(), since));
        }
    }
    Ok(causes)
}

fn irregular_reports(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    type Row = (ConsignmentId, CaseId, AgencyId, AgencyId, Instant, Json<Vec<ControlFlag>>);
    let rows: Vec<Row> = control_reports::table
        .inner_join(cases::table.on(cases::id.eq(control_reports::case_id)))
        .filter(control_reports::flags.ne("[]"))
        .filter(cases::status.eq_any(UNSETTLED))
        .select((
            control_reports::consignment_id,
            control_reports::case_id,
            control_reports::agency_id,
            cases::lead_agency_id,
            control_reports::recorded_at,
            control_reports::flags,
        ))
        .all(view)?;
    let grave = |flag: &ControlFlag| {
        !matches!(flag, ControlFlag::Repeated | ControlFlag::Late | ControlFlag::Future)
    };
    let mut causes = Vec::new();
    for (id, case, reporter, lead, since, flags) in rows {
        if flags.0.iter().any(grave) {
            let agencies = holders.and(case, [reporter, lead]);
            causes.extend(of(case, agencies, AlertKind::ControlIrregular, id.uuid(), since));
        }
    }
    Ok(causes)
}
