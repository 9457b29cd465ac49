//! The way that the goods take, and the borders that they cross.

use std::collections::BTreeSet;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{Holders, SETTLED, members, of};
use crate::access::{Permit, act};
use crate::cases::legs::model::LegFlag;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{cases, crossings, leg_diversions, legs};
use crate::db::types::Json;
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, CrossingId, LegId};
use crate::watch::model::{AlertKind, Cause};

/// How long what happened on the way in a case that is settled is still told of, in seconds.
const STILL_TOLD: i64 = 90 * 24 * 60 * 60;

/// Goods that went another way (invariant 14), whatever their leg or their case stood at.
pub(super) fn diversions(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    let recent = view.now().plus_seconds(-STILL_TOLD);
    let rows: Vec<(LegId, CaseId, AgencyId, AgencyId, AgencyId, Instant)> = leg_diversions::table
        .inner_join(legs::table.on(legs::id.eq(leg_diversions::leg_id)))
        .inner_join(cases::table.on(cases::id.eq(leg_diversions::case_id)))
        .filter(cases::status.ne_all(SETTLED).or(leg_diversions::recorded_at.gt(recent)))
        .select((
            leg_diversions::leg_id,
            leg_diversions::case_id,
            leg_diversions::agency_id,
            legs::agency_id,
            cases::lead_agency_id,
            leg_diversions::recorded_at,
        ))
        .all(view)?;
    let cause = |(id, case, reporter, planner, lead, since): (LegId, CaseId, _, _, _, _)| {
        let told = holders.and(case, [reporter, planner, lead]);
        of(case, told, AlertKind::RouteChanged, id.uuid(), since)
    };
    Ok(rows.into_iter().flat_map(cause).collect())
}

/// Borders that were crossed without leave, or other than permitted, also where the case had ended by then: what still
/// moves then is watched by nobody else. A report that was corrected is told of by its correction. The agencies of the
/// country are told as far as they take part.
pub(super) fn entries(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    type Row = ((CrossingId, CaseId, AgencyId, AgencyId, Country), (Instant, Json<Vec<LegFlag>>));
    let recent = view.now().plus_seconds(-STILL_TOLD);
    let corrections = diesel::alias!(crossings as corrections);
    let corrected = corrections
        .filter(corrections.field(crossings::supersedes_id).eq(crossings::id.nullable()));
    let mut rows: Vec<Row> = crossings::table
        .inner_join(cases::table.on(cases::id.eq(crossings::case_id)))
        .filter(crossings::flags.ne("[]"))
        .filter(cases::status.ne_all(SETTLED).or(crossings::recorded_at.gt(recent)))
        .filter(not(exists(corrected)))
        .select((
            (
                crossings::id,
                crossings::case_id,
                crossings::agency_id,
                cases::lead_agency_id,
                crossings::country,
            ),
            (crossings::recorded_at, crossings::flags),
        ))
        .all(view)?;
    let breach = |flag: &LegFlag| !matches!(flag, LegFlag::Late | LegFlag::Future);
    rows.retain(|(_, (_, flags))| flags.0.iter().any(breach));
    let concerned: BTreeSet<CaseId> = rows.iter().map(|((_, case, ..), _)| *case).collect();
    let members = members(view, permit, &concerned)?;
    let mut causes = Vec::new();
    for ((id, case, reporter, lead, country), (since, _)) in rows {
        let there = members.iter().filter(|(of, _, home)| *of == case && *home == Some(country));
        let there = there.map(|(_, agency, _)| *agency);
        let told = holders.and(case, there.chain([reporter, lead]));
        causes.extend(of(case, told, AlertKind::UnauthorisedEntry, id.uuid(), since));
    }
    Ok(causes)
}
