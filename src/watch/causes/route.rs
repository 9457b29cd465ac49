//! The way that the goods take, and the borders that they cross.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{OVER, of};
use crate::access::{Permit, act};
use crate::cases::legs::model::{LegFlag, LegStatus};
use crate::clock::Instant;
use crate::db::schema::{cases, crossings, legs};
use crate::db::types::Json;
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, CrossingId, LegId};
use crate::watch::model::{AlertKind, Cause};

/// Legs that must stop, and goods on another way.
pub(super) fn route(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let held = [LegStatus::MustStop, LegStatus::Diverted];
    let rows: Vec<(LegId, CaseId, AgencyId, AgencyId, LegStatus, Instant)> = legs::table
        .inner_join(cases::table.on(cases::id.eq(legs::case_id)))
        .filter(legs::status.eq_any(held))
        .filter(cases::status.ne_all(OVER))
        .select((
            legs::id,
            legs::case_id,
            legs::agency_id,
            cases::lead_agency_id,
            legs::status,
            legs::updated_at,
        ))
        .all(view)?;
    let mut causes = Vec::new();
    for (id, case, agency, lead, status, since) in rows {
        let kind = match status {
            LegStatus::MustStop => AlertKind::Revoked,
            _ => AlertKind::RouteChanged,
        };
        causes.extend(of(case, [agency, lead], kind, id.uuid(), since));
    }
    Ok(causes)
}

/// Borders that were crossed without leave, or other than permitted, also where the case had ended by then: what still moves
/// then is watched by nobody else. A report that was corrected is told of by its correction.
pub(super) fn entries(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Row = (CrossingId, CaseId, AgencyId, AgencyId, Instant, Json<Vec<LegFlag>>);
    let corrections = diesel::alias!(crossings as corrections);
    let corrected = corrections
        .filter(corrections.field(crossings::case_id).eq(crossings::case_id))
        .filter(corrections.field(crossings::supersedes_id).eq(crossings::id.nullable()));
    let rows: Vec<Row> = crossings::table
        .inner_join(cases::table.on(cases::id.eq(crossings::case_id)))
        .filter(crossings::flags.ne("[]"))
        .filter(not(exists(corrected)))
        .select((
            crossings::id,
            crossings::case_id,
            crossings::agency_id,
            cases::lead_agency_id,
            crossings::recorded_at,
            crossings::flags,
        ))
        .all(view)?;
    let breach = |flag: &LegFlag| !matches!(flag, LegFlag::Late | LegFlag::Future);
    let mut causes = Vec::new();
    for (id, case, agency, lead, since, flags) in rows {
        if flags.0.iter().any(breach) {
            let kind = AlertKind::UnauthorisedEntry;
            causes.extend(of(case, [agency, lead], kind, id.uuid(), since));
        }
    }
    Ok(causes)
}
