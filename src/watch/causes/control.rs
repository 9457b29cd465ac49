//! Who is in control, and handovers.

use diesel::prelude::*;

use super::of;
use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::db::schema::{cases, control_periods, handovers};
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, ConsignmentId, HandoverId};
use crate::watch::model::{AlertKind, Cause};

/// Control that is lost, and handovers that nobody accepted in their window.
pub(super) fn control(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Waiting = (HandoverId, CaseId, Option<AgencyId>, AgencyId, Option<Instant>);
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
    let waiting: Vec<Waiting> = handovers::table
        .filter(handovers::open.eq(true))
        .filter(handovers::window_until.lt(now))
        .select((
            handovers::id,
            handovers::case_id,
            handovers::from_agency_id,
            handovers::to_agency_id,
            handovers::window_until,
        ))
        .all(view)?;
    for (id, case, from, to, since) in waiting {
        let sides = from.into_iter().chain([to]);
        let kind = AlertKind::HandoverUnaccepted;
        causes.extend(of(case, sides, kind, id.uuid(), since.unwrap_or(now)));
    }
    Ok(causes)
}
